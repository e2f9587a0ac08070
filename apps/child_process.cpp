// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>

#include "modules/core/error.h"

extern char** environ;

namespace pimvp {
namespace {

class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() { close(); }
    int number() const { return number_; }
    bool open() const { return number_ >= 0; }
    void close() {
        if (open()) ::close(number_);
        number_ = -1;
    }

  private:
    int number_ = -1;
};

struct Pipe {
    Descriptor read, write;
    Pipe() {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0)
            throw Error(std::string("expected a pipe to another process, found ") + std::strerror(errno));
        read = Descriptor(ends[0]);
        write = Descriptor(ends[1]);
    }
};

/// SIGINT, SIGTERM and SIGHUP as something to wait for, but for those that the caller was told to ignore.
class Signals {
  public:
    Signals() {
        sigset_t caught;
        sigemptyset(&caught);
        for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
            struct sigaction action {};
            sigaction(number, nullptr, &action);
            if (action.sa_handler != SIG_IGN) sigaddset(&caught, number);
        }
        sigprocmask(SIG_BLOCK, &caught, &before_);
        file_ = Descriptor(signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK));
    }
    ~Signals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    int file() const { return file_.number(); }
    const sigset_t& before() const { return before_; }
    void throw_if_any() const {
        signalfd_siginfo info{};
        if (read(file(), &info, sizeof info) == sizeof info)
            throw Interrupted("stopped by signal " + std::to_string(info.ssi_signo));
    }

  private:
    sigset_t before_;
    Descriptor file_;
};

/// What the new process does until it is another program. Between fork and exec only what is safe there.
[[noreturn]] void become(char* const* argv, pid_t parent, int output, int error, int failure,
                         const sigset_t& mask) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);  // it ended before it could be asked for
    setpgid(0, 0);                        // Ctrl-C reaches the caller alone, who stops us
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(error, STDERR_FILENO);
    sigprocmask(SIG_SETMASK, &mask, nullptr);
    execve(argv[0], argv, environ);
    const int reason = errno;
    if (write(failure, &reason, sizeof reason) != sizeof reason) _exit(126);
    _exit(127);
}

class Process {
  public:
    Process(std::size_t index, std::vector<std::string> words, const sigset_t& mask) : index_(index) {
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        Pipe output, error, failure;
        const pid_t parent = getpid();
        pid_ = fork();
        if (pid_ == 0)
            become(argv.data(), parent, output.write.number(), error.write.number(), failure.write.number(),
                   mask);
        int reason = pid_ < 0 ? errno : 0;
        failure.write.close();
        ssize_t got = 0;
        if (pid_ > 0) do
                got = read(failure.read.number(), &reason, sizeof reason);
            while (got < 0 && errno == EINTR);
        if (pid_ < 0 || got == sizeof reason) {
            stop();
            throw Error(words[0] + ": expected a program to run, found " + std::strerror(reason));
        }
        output_ = std::move(output.read);
        error_ = std::move(error.read);
    }
    ~Process() { stop(); }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    std::size_t index() const { return index_; }
    int output() const { return output_.number(); }
    int error() const { return error_.number(); }
    bool silent() const { return !output_.open() && !error_.open(); }
    void take_output() { take(output_, end_.output); }
    void take_error() { take(error_, end_.error); }

    /// Of a silent one, that is: at once, or nearly so.
    ProcessEnd wait() {
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0)
            if (errno != EINTR)
                throw std::runtime_error(std::string("waiting for a process failed: ") +
                                         std::strerror(errno));
        pid_ = -1;
        if (WIFEXITED(status)) end_.status = WEXITSTATUS(status);
        end_.text = WIFEXITED(status) ? "status " + std::to_string(WEXITSTATUS(status))
                                      : "signal " + std::to_string(WTERMSIG(status));
        return std::move(end_);
    }

  private:
    static void take(Descriptor& from, std::string& to) {
        char buffer[65536];
        const ssize_t got = read(from.number(), buffer, sizeof buffer);
        if (got > 0)
            to.append(buffer, static_cast<std::size_t>(got));
        else if (got == 0 || errno != EINTR)
            from.close();
    }
    void stop() {
        if (pid_ <= 0) return;
        kill(pid_, SIGKILL);
        while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
        pid_ = -1;
    }

    std::size_t index_;
    pid_t pid_ = -1;
    Descriptor output_, error_;
    ProcessEnd end_;
};

using Running = std::vector<std::unique_ptr<Process>>;

/// Until something was written or ended, a signal came, or a second is over.
void wait_for_news(const Running& running, const Signals& signals) {
    std::vector<pollfd> files = {{signals.file(), POLLIN, 0}};
    for (const auto& process : running) {
        files.push_back({process->output(), POLLIN, 0});  // a closed one is -1, which poll() passes over
        files.push_back({process->error(), POLLIN, 0});
    }
    if (poll(files.data(), files.size(), 1000) <= 0) return;
    signals.throw_if_any();
    for (std::size_t i = 0; i < running.size(); ++i) {
        if (files[2 * i + 1].revents != 0) running[i]->take_output();
        if (files[2 * i + 2].revents != 0) running[i]->take_error();
    }
}

}  // namespace

std::string error_message(const ProcessEnd& end) {
    std::string said = end.error;
    // What was logged before it has the time of day in it.
    for (const std::string prefix : {"pimvp: error: ", "pimvp: internal error: "})
        if (const auto at = said.rfind(prefix); at != std::string::npos) said.erase(0, at + prefix.size());
    while (!said.empty() && said.back() == '\n') said.pop_back();
    std::replace(said.begin(), said.end(), '\n', ' ');
    return said;
}

std::string failure_message(const ProcessEnd& end) {
    if (end.status == 0) return "";
    const std::string said = error_message(end);
    return end.status == 2 ? said : "ended with " + end.text + (said.empty() ? "" : ": ") + said;
}

void run_processes(const Processes& processes) {
    const Signals signals;
    Running running;
    const auto tick = [&] {
        if (processes.tick) processes.tick(static_cast<int>(running.size()));
    };
    for (std::size_t next = 0; next < processes.count || !running.empty();) {
        for (; next < processes.count && static_cast<int>(running.size()) < std::max(1, processes.at_a_time);
             ++next)
            running.push_back(std::make_unique<Process>(next, processes.words(next), signals.before()));
        tick();
        wait_for_news(running, signals);
        for (std::size_t i = 0; i < running.size();) {
            if (!running[i]->silent()) {
                ++i;
                continue;
            }
            const std::unique_ptr<Process> process = std::move(running[i]);
            running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
            const ProcessEnd end = process->wait();
            processes.ended(process->index(), end);
        }
    }
    tick();
}

ProcessEnd run_process(const std::vector<std::string>& words) {
    ProcessEnd result;
    Processes one;
    one.count = 1;
    one.words = [&](std::size_t) { return words; };
    one.ended = [&](std::size_t, const ProcessEnd& end) { result = end; };
    run_processes(one);
    return result;
}

}  // namespace pimvp
