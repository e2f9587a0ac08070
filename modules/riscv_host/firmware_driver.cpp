// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/riscv_host/firmware_driver.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iostream>
#include <vector>

#include "driver/pimvp_soc.h"
#include "modules/host/host.h"
#include "modules/riscv_host/built_in_firmware.h"
#include "modules/riscv_host/riscv_core.h"

namespace pimvp {
namespace {

// The network's description goes into the core's memory as it is.
static_assert(sizeof(void*) == 8 && sizeof(std::size_t) == 8, "laid out as RV64 does");
static_assert(sizeof(pimvp_segment) == 24 && offsetof(pimvp_segment, address) == 16, "laid out as RV64 does");
static_assert(offsetof(pimvp_network, output_bytes) % 4 == 0 && sizeof(pimvp_network) % 8 == 0,
              "laid out as RV64 does");

constexpr std::uint64_t page = 4096;
/// The bus bursts of 4 bytes to 64 KiB end at their multiples: blocks begin at such a one.
constexpr std::uint64_t block = 64;

ElfImage image_of(const std::string& firmware) {
    return firmware == "built-in" ? ElfImage("built-in firmware", built_in_firmware())
                                  : ElfImage::read(firmware);
}

}  // namespace

struct FirmwareDriver::Impl final : RiscvWorld {
    Impl(const HostParams& params, HostCpu& host, const pimvp_network& net)
        : cpu(host),
          access(host.access()),
          period_ps(params.period.ps),
          core(image_of(params.firmware),
               {PIMVP_SOC_MEMORY, (static_cast<std::uint64_t>(params.memory_bytes) + page - 1) / page * page},
               params.max_instructions, *this) {
        core.add_world({0, PIMVP_SOC_BUS_END});
        core.add_world({PIMVP_SOC_DEVICES, PIMVP_SOC_DEVICES_SIZE});
        share(net);
    }

    /// Segments, their table, the network, input and output, one behind the other.
    void share(const pimvp_network& net) {
        std::uint64_t size = 0;
        const auto place = [&size](std::uint64_t bytes) {
            const std::uint64_t at = size;
            size += (bytes + block - 1) / block * block;
            return at;
        };
        std::vector<std::uint64_t> data;
        for (std::uint32_t k = 0; k < net.segment_count; ++k) data.push_back(place(net.segments[k].bytes));
        const std::uint64_t table = place(net.segment_count * sizeof(pimvp_segment));
        const std::uint64_t description = place(sizeof net);
        const std::uint64_t in = place(net.input_bytes), out = place(net.output_bytes);
        shared = core.add_memory({PIMVP_SOC_SHARED, (size + page - 1) / page * page});

        const auto pointer = [](std::uint64_t offset) { return PIMVP_SOC_SHARED + offset; };
        for (std::uint32_t k = 0; k < net.segment_count; ++k) {
            const pimvp_segment& s = net.segments[k];
            std::copy_n(s.data, s.bytes, shared + data[k]);
            const std::uint64_t there[3] = {pointer(data[k]), s.bytes, s.address};
            std::memcpy(shared + table + k * sizeof s, there, sizeof there);
        }
        std::memcpy(shared + description, &net, sizeof net);
        const std::uint64_t segments = pointer(table);
        std::memcpy(shared + description + offsetof(pimvp_network, segments), &segments, sizeof segments);
        network = pointer(description);
        input = in;
        output = out;
        input_bytes = net.input_bytes;
        output_bytes = net.output_bytes;
    }

    int job(std::uint32_t kind) {
        current_job = kind;
        if (core.run()) return result;
        if (!line.empty()) end_line();
        return PIMVP_BUS_ERROR;
    }

    void elapse(std::int64_t instructions) override { cpu.execute(instructions); }
    bool interrupt() override { return cpu.interrupt(); }
    bool wait_for_interrupt() override { return access.wait_for_interrupt(access.context) == 0; }

    bool read(std::uint64_t address, std::uint8_t* data, unsigned bytes) override {
        if (address < PIMVP_SOC_BUS_END) return access.read(access.context, address, data, bytes) == 0;
        std::uint32_t value = 0;
        if (!is_word(address, bytes) || !read_device(address - PIMVP_SOC_DEVICES, value)) return false;
        std::memcpy(data, &value, sizeof value);
        return true;
    }
    bool write(std::uint64_t address, const std::uint8_t* data, unsigned bytes) override {
        if (address < PIMVP_SOC_BUS_END) return access.write(access.context, address, data, bytes) == 0;
        std::uint32_t value = 0;
        if (!is_word(address, bytes)) return false;
        std::memcpy(&value, data, sizeof value);
        return write_device(address - PIMVP_SOC_DEVICES, value);
    }
    static bool is_word(std::uint64_t address, unsigned bytes) { return bytes == 4 && address % 4 == 0; }

    static std::uint32_t half(std::uint64_t value, std::uint64_t offset) {
        return static_cast<std::uint32_t>(offset % 8 == 0 ? value : value >> 32);
    }
    static void set_half(std::uint64_t& value, std::uint64_t offset, std::uint32_t word) {
        const int shift = offset % 8 == 0 ? 0 : 32;
        value = (value & ~(std::uint64_t{0xFFFFFFFF} << shift)) | std::uint64_t{word} << shift;
    }

    bool read_device(std::uint64_t offset, std::uint32_t& value) {
        switch (offset / 8 * 8) {
            case PIMVP_SOC_JOB:
                value = offset == PIMVP_SOC_JOB ? current_job : 0;
                return true;
            case PIMVP_SOC_NETWORK:
                value = half(network, offset);
                return true;
            case PIMVP_SOC_INPUT:
                value = half(PIMVP_SOC_SHARED + input, offset);
                return true;
            case PIMVP_SOC_OUTPUT:
                value = half(PIMVP_SOC_SHARED + output, offset);
                return true;
            case PIMVP_SOC_CYCLE:
                value = half(static_cast<std::uint64_t>(cpu.local_time_ps() / period_ps), offset);
                return true;
            case PIMVP_SOC_COPY_BUS:
                value = half(copy_bus, offset);
                return true;
            case PIMVP_SOC_COPY_MEMORY:
                value = half(copy_memory, offset);
                return true;
            case PIMVP_SOC_COPY_BYTES:
                value = half(copy_bytes, offset);
                return true;
            case PIMVP_SOC_COPY_CONTROL:
                value = offset == PIMVP_SOC_COPY_STATUS ? copy_status : 0;
                return true;
            default:
                return false;
        }
    }

    bool write_device(std::uint64_t offset, std::uint32_t value) {
        switch (offset) {
            case PIMVP_SOC_RESULT:
                result = static_cast<int>(value);
                core.pause();
                return true;
            case PIMVP_SOC_CONSOLE:
                line += static_cast<char>(value);
                if (line.back() == '\n') end_line();
                return true;
            case PIMVP_SOC_COPY_BUS:
            case PIMVP_SOC_COPY_BUS + 4:
                set_half(copy_bus, offset, value);
                return true;
            case PIMVP_SOC_COPY_MEMORY:
            case PIMVP_SOC_COPY_MEMORY + 4:
                set_half(copy_memory, offset, value);
                return true;
            case PIMVP_SOC_COPY_BYTES:
            case PIMVP_SOC_COPY_BYTES + 4:
                set_half(copy_bytes, offset, value);
                return true;
            case PIMVP_SOC_COPY_CONTROL:
                return copy(value);
            default:
                return false;
        }
    }

    bool copy(std::uint32_t direction) {
        std::uint8_t* memory = core.find(copy_memory, copy_bytes);
        if (memory == nullptr) {
            core.fail("copy of " + std::to_string(copy_bytes) + " bytes at memory address " +
                      std::to_string(copy_memory) + ": expected an address in own or shared memory");
            return true;
        }
        if (direction == PIMVP_COPY_TO_BUS) {
            copy_status = access.write(access.context, copy_bus, memory, copy_bytes) == 0 ? 0 : 1;
        } else if (direction == PIMVP_COPY_FROM_BUS) {
            copy_status = access.read(access.context, copy_bus, memory, copy_bytes) == 0 ? 0 : 1;
            core.written(copy_memory, copy_bytes);
        } else {
            return false;
        }
        return true;
    }

    void end_line() {
        std::cerr << "firmware: " << line << (line.back() == '\n' ? "" : "\n");
        line.clear();
    }

    HostCpu& cpu;
    const pimvp_access access;
    const std::int64_t period_ps;
    RiscvCore core;
    std::uint8_t* shared = nullptr;
    std::uint64_t network = 0, input = 0, output = 0;  // network as an address, the others by offset
    std::size_t input_bytes = 0, output_bytes = 0;
    std::uint32_t current_job = 0;
    int result = 0;
    std::uint64_t copy_bus = 0, copy_memory = 0, copy_bytes = 0;
    std::uint32_t copy_status = 0;
    std::string line;  // of the console
};

FirmwareDriver::FirmwareDriver(const HostParams& params, HostCpu& cpu, const pimvp_network& network)
    : impl_(std::make_unique<Impl>(params, cpu, network)) {}

FirmwareDriver::~FirmwareDriver() = default;

int FirmwareDriver::load() {
    return impl_->job(PIMVP_JOB_LOAD);
}

int FirmwareDriver::run(const std::uint8_t* input, void* output) {
    std::copy_n(input, impl_->input_bytes, impl_->shared + impl_->input);
    const int result = impl_->job(PIMVP_JOB_RUN);
    std::memcpy(output, impl_->shared + impl_->output, impl_->output_bytes);
    return result;
}

std::string FirmwareDriver::failure() const {
    return impl_->core.fault();
}

std::string FirmwareDriver::where() const {
    return impl_->core.where();
}

}  // namespace pimvp
