// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/riscv_host/riscv_core.h"

#include <unicorn/unicorn.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "modules/core/error.h"

namespace pimvp {
namespace {

constexpr std::uint64_t page = 4096;
constexpr std::int64_t longest_stretch = 64;  // instructions between two looks at time and interrupt

constexpr std::uint64_t mstatus_mie = 1u << 3, mstatus_mpie = 1u << 7, mstatus_mpp = 3u << 11;
constexpr std::uint64_t mie_meie = 1u << 11;
constexpr std::uint32_t opcode_wfi = 0x10500073;
constexpr std::uint32_t opcode_system = 0x73;         // the lower 7 bits of csr instructions, mret, wfi, ...
constexpr std::uint64_t nowhere = ~std::uint64_t{0};  // no instruction is there
constexpr std::uint64_t cause_external = std::uint64_t{1} << 63 | 11;

std::string hex(std::uint64_t value) {
    std::ostringstream text;
    text << "0x" << std::hex << value;
    return text.str();
}

void require(uc_err status, const char* what) {
    if (status != UC_ERR_OK) throw std::runtime_error(std::string(what) + ": " + uc_strerror(status));
}

struct Free {
    void operator()(std::uint8_t* p) const { std::free(p); }
};

struct Ram {
    RiscvCore::Memory range;
    std::unique_ptr<std::uint8_t, Free> data;
};

}  // namespace

struct RiscvCore::Impl {
    /// Where an MMIO range begins, for its callbacks.
    struct Window {
        Impl* core;
        std::uint64_t address;
    };

    Impl(const ElfImage& program, std::int64_t most, RiscvWorld& w)
        : image(program), most_instructions(most), world(w), pc(program.entry()) {
        require(uc_open(UC_ARCH_RISCV, UC_MODE_RISCV64, &engine), "Unicorn, RV64");
    }
    ~Impl() { uc_close(engine); }

    std::uint64_t get(int reg) const {
        std::uint64_t value = 0;
        uc_reg_read(engine, reg, &value);
        return value;
    }
    void set(int reg, std::uint64_t value) { uc_reg_write(engine, reg, &value); }

    std::uint8_t* add_memory(const Memory& range) {
        Ram ram{range, nullptr};
        ram.data.reset(static_cast<std::uint8_t*>(std::aligned_alloc(page, range.bytes)));
        if (!ram.data) throw std::bad_alloc();
        std::memset(ram.data.get(), 0, range.bytes);
        require(uc_mem_map_ptr(engine, range.address, range.bytes, UC_PROT_ALL, ram.data.get()),
                "memory of the RISC-V core");
        memories.push_back(std::move(ram));
        return memories.back().data.get();
    }

    std::uint8_t* find(std::uint64_t address, std::uint64_t bytes) {
        for (auto& m : memories) {
            const std::uint64_t offset = address - m.range.address;
            if (offset < m.range.bytes && bytes <= m.range.bytes - offset) return m.data.get() + offset;
        }
        return nullptr;
    }

    /// Nothing that is thrown may pass through the frames of the engine.
    template <class Function>
    void guarded(Function function) {
        if (stopping()) return;
        try {
            function();
        } catch (...) {
            thrown = std::current_exception();
            uc_emu_stop(engine);
        }
    }
    bool stopping() const { return pausing || trapping || !fault.empty() || thrown; }

    void fail(const std::string& reason) {
        if (!fault.empty()) return;
        fault = reason;
        uc_emu_stop(engine);
    }

    void elapse() {
        const std::int64_t instructions = std::exchange(untold, 0);
        if (instructions > 0) world.elapse(instructions);
    }

    /// Behind an instruction that may have written mie, mip or mstatus. The external interrupt is the only
    /// one there is: the engine would enter the traps of others on its own.
    void look_at_interrupts() {
        const std::uint64_t mie = get(UC_RISCV_REG_MIE);
        if ((mie & ~mie_meie) != 0) set(UC_RISCV_REG_MIE, mie & mie_meie);
        if (get(UC_RISCV_REG_MIP) != 0) set(UC_RISCV_REG_MIP, 0);
        interruptible = (mie & mie_meie) != 0 && (get(UC_RISCV_REG_MSTATUS) & mstatus_mie) != 0;
    }

    /// cycle, time, instret and the machine's own: the engine's are those of the machine that simulates.
    static bool is_counter(std::uint32_t instruction) {
        const std::uint32_t csr = instruction >> 20, function = instruction >> 12 & 7;
        return function != 0 && function != 4 &&
               ((csr >= 0xB00 && csr < 0xB20) || (csr >= 0xC00 && csr < 0xC20));
    }

    /// Before each instruction.
    void begin(std::uint64_t address) {
        pc = address;
        if (untold >= longest_stretch) elapse();
        if (after_system) look_at_interrupts();
        if (interruptible && world.interrupt()) {
            trapping = true;
            uc_emu_stop(engine);
            return;
        }
        const std::uint32_t instruction = fetch();
        after_system = (instruction & 0x7F) == opcode_system;
        if (after_system && is_counter(instruction))
            return fail("csr " + hex(instruction >> 20) +
                        ", expected none of the counters: this core has none");
        ++untold;
        ++executed;
        if (executed - executed_before > most_instructions)
            fail("no end after " + std::to_string(most_instructions) + " instructions of one job");
    }

    void enter_trap() {
        trapping = false;
        const std::uint64_t status = get(UC_RISCV_REG_MSTATUS);
        set(UC_RISCV_REG_MEPC, pc);
        set(UC_RISCV_REG_MCAUSE, cause_external);
        set(UC_RISCV_REG_MSTATUS, (status & ~mstatus_mie) | mstatus_mpie | mstatus_mpp);
        pc = get(UC_RISCV_REG_MTVEC) & ~std::uint64_t{3};
        interruptible = after_system = false;
    }

    /// The instruction at pc, of which the lower half counts if it is a compressed one.
    std::uint32_t fetch() {
        std::uint32_t instruction = 0;
        const std::uint8_t* at = find(pc, sizeof instruction);
        if (at != nullptr) std::memcpy(&instruction, at, sizeof instruction);
        return instruction;
    }

    /// The engine has left on its own: at a wfi, or with an error.
    void stopped(uc_err status) {
        const std::uint32_t instruction = fetch();
        if (status != UC_ERR_OK || instruction != opcode_wfi) {
            const bool known =
                status != UC_ERR_OK && status != UC_ERR_INSN_INVALID && status != UC_ERR_EXCEPTION;
            fail(known ? uc_strerror(status) : "illegal instruction or trap, " + hex(instruction));
            return;
        }
        elapse();
        if ((get(UC_RISCV_REG_MIE) & mie_meie) == 0)
            fail("wfi with the external interrupt disabled in mie, which nothing can end");
        else if (!world.wait_for_interrupt())
            fail("wfi for an interrupt that never comes");
        else
            pc += sizeof instruction;
    }

    bool run() {
        if (!fault.empty()) return false;
        pausing = false;
        executed_before = executed;
        while (!pausing && fault.empty()) {
            const uc_err status = uc_emu_start(engine, pc, nowhere, 0, 0);
            if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
            if (!fault.empty()) break;
            if (trapping)
                enter_trap();
            else if (pausing)
                pc += (fetch() & 3) == 3 ? 4 : 2;
            else
                stopped(status);
        }
        elapse();
        return fault.empty();
    }

    static void on_instruction(uc_engine*, std::uint64_t address, std::uint32_t, void* user) {
        auto& core = *static_cast<Impl*>(user);
        core.guarded([&] { core.begin(address); });
    }
    static bool on_unmapped(uc_engine*, uc_mem_type type, std::uint64_t address, int, std::int64_t,
                            void* user) {
        auto& core = *static_cast<Impl*>(user);
        const bool jump = type == UC_MEM_FETCH_UNMAPPED || type == UC_MEM_FETCH_PROT;
        const char* what = type == UC_MEM_WRITE_UNMAPPED ? "store to" : jump ? "jump to" : "load from";
        core.fail(std::string(what) + " address " + hex(address) +
                  (jump ? ", where there is no program" : ", where there is nothing"));
        return false;
    }
    static std::uint64_t on_read(uc_engine*, std::uint64_t offset, unsigned bytes, void* user) {
        const auto& window = *static_cast<Window*>(user);
        Impl& core = *window.core;
        const std::uint64_t address = window.address + offset;
        std::uint64_t value = 0;
        core.guarded([&] {
            core.elapse();
            if (!core.world.read(address, reinterpret_cast<std::uint8_t*>(&value), bytes))
                core.fail("load access fault at address " + hex(address) +
                          ": the bus answered with an error");
        });
        return value;
    }
    static void on_write(uc_engine*, std::uint64_t offset, unsigned bytes, std::uint64_t value, void* user) {
        const auto& window = *static_cast<Window*>(user);
        Impl& core = *window.core;
        const std::uint64_t address = window.address + offset;
        core.guarded([&] {
            core.elapse();
            if (!core.world.write(address, reinterpret_cast<const std::uint8_t*>(&value), bytes))
                core.fail("store access fault at address " + hex(address) +
                          ": the bus answered with an error");
        });
    }

    const ElfImage image;
    const std::int64_t most_instructions;
    RiscvWorld& world;
    uc_engine* engine = nullptr;
    std::vector<Ram> memories;
    std::vector<std::unique_ptr<Window>> windows;
    std::uint64_t pc;  // of the instruction that is executed, or comes next
    std::int64_t executed = 0, executed_before = 0, untold = 0;
    bool pausing = false, trapping = false;
    bool interruptible = false, after_system = false;
    std::string fault;
    std::exception_ptr thrown;
};

RiscvCore::RiscvCore(const ElfImage& image, const Memory& own, std::int64_t most_instructions,
                     RiscvWorld& world)
    : impl_(std::make_unique<Impl>(image, most_instructions, world)) {
    add_memory(own);
    for (const auto& segment : image.segments()) {
        std::uint8_t* at = find(segment.address, segment.data.size());
        if (at == nullptr)
            throw Error(image.name() + ": expected a program within the memory of " +
                        std::to_string(own.bytes) + " bytes at " + hex(own.address) + ", found " +
                        std::to_string(segment.data.size()) + " bytes at " + hex(segment.address));
        std::memcpy(at, segment.data.data(), segment.data.size());
    }
    uc_hook hook;
    // Variadic, by C casts as Unicorn's own bindings do.
    require(uc_hook_add(impl_->engine, &hook, UC_HOOK_CODE, reinterpret_cast<void*>(&Impl::on_instruction),
                        impl_.get(), std::uint64_t{1}, std::uint64_t{0}),
            "Unicorn, instruction hook");
    require(uc_hook_add(impl_->engine, &hook, UC_HOOK_MEM_UNMAPPED | UC_HOOK_MEM_FETCH_PROT,
                        reinterpret_cast<void*>(&Impl::on_unmapped), impl_.get(), std::uint64_t{1},
                        std::uint64_t{0}),
            "Unicorn, memory hook");
}

RiscvCore::~RiscvCore() = default;

void RiscvCore::add_world(const Memory& range) {
    impl_->windows.push_back(std::make_unique<Impl::Window>(Impl::Window{impl_.get(), range.address}));
    void* window = impl_->windows.back().get();
    require(uc_mmio_map(impl_->engine, range.address, range.bytes, &Impl::on_read, window, &Impl::on_write,
                        window),
            "bus of the RISC-V core");
}

std::uint8_t* RiscvCore::add_memory(const Memory& range) {
    return impl_->add_memory(range);
}

std::uint8_t* RiscvCore::find(std::uint64_t address, std::uint64_t bytes) {
    return impl_->find(address, bytes);
}

void RiscvCore::written(std::uint64_t address, std::uint64_t bytes) {
    if (bytes > 0)
        require(uc_ctl_remove_cache(impl_->engine, address, address + bytes), "Unicorn, translated code");
}

bool RiscvCore::run() {
    return impl_->run();
}

void RiscvCore::pause() {
    impl_->pausing = true;
    uc_emu_stop(impl_->engine);
}

void RiscvCore::fail(const std::string& reason) {
    impl_->fail(reason);
}

const std::string& RiscvCore::fault() const {
    return impl_->fault;
}

std::string RiscvCore::where() const {
    const std::string symbol = impl_->image.symbol(impl_->pc);
    return "pc " + hex(impl_->pc) + (symbol.empty() ? "" : " (" + symbol + ")") + ", " +
           std::to_string(impl_->executed) + " instructions";
}

std::int64_t RiscvCore::instructions() const {
    return impl_->executed;
}

}  // namespace pimvp
