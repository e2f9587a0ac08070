// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "modules/riscv_host/elf_image.h"

namespace pimvp {

/// What a core sees of the world. The functions are called while it runs, and may let other SystemC processes
/// run meanwhile; what they throw, RiscvCore::run() throws.
class RiscvWorld {
  public:
    virtual ~RiscvWorld() = default;
    /// So many instructions began since the last call; told before every access, at the latest after 64.
    virtual void elapse(std::int64_t instructions) = 0;
    /// At an address outside of all memories, at most 4 bytes. False: a bus error.
    virtual bool read(std::uint64_t address, std::uint8_t* data, unsigned bytes) = 0;
    virtual bool write(std::uint64_t address, const std::uint8_t* data, unsigned bytes) = 0;
    /// Level of the machine's external interrupt, now: behind the instructions told of. Asked before every
    /// instruction that it could interrupt.
    virtual bool interrupt() = 0;
    /// wfi: until there is an interrupt. False: there never will be.
    virtual bool wait_for_interrupt() = 0;
};

/// A bare RV64IM core with machine mode alone and the external interrupt (RISC-V privileged architecture,
/// section 3.1): mstatus.MIE, mie.MEIE, mtvec in direct mode, mepc, mcause, mret, wfi. Instructions are
/// executed by Unicorn; traps into the handler are entered here. An exception (an illegal instruction, an
/// access to nothing, a bus error) does not enter the handler but stops the core for good, as a debugger
/// would: fault() says what and where. So do a wfi that no interrupt can end, too many instructions in one
/// run, and the counters among the CSRs (cycle, time, instret): whoever wants them gives the firmware a
/// device. Bits of mie and mip other than the external interrupt's stay zero. Unicorn knows more instructions
/// (A, C, F, D, supervisor and user mode) and says so in misa; they work, but nothing here is tested with
/// them.
///
/// Accesses to memory are those of the core alone; they take no time beside their instruction.
class RiscvCore {
  public:
    struct Memory {
        std::uint64_t address;
        std::uint64_t bytes;  // a multiple of 4096
    };
    /// Own memory holds the image; accesses in [world_from, world_to) outside of all memories go to `world`.
    /// Throws Error if the image does not fit in the memory.
    RiscvCore(const ElfImage& image, const Memory& own, std::int64_t most_instructions, RiscvWorld& world);
    ~RiscvCore();
    RiscvCore(const RiscvCore&) = delete;
    RiscvCore& operator=(const RiscvCore&) = delete;

    /// Addresses that are the world's; whole pages.
    void add_world(const Memory& range);
    /// More memory, zero; returns its bytes.
    std::uint8_t* add_memory(const Memory& range);
    /// Where [address, address + bytes) of a memory lies; null if it is in none.
    std::uint8_t* find(std::uint64_t address, std::uint64_t bytes);

    /// Somebody else than the core has written there; it may have been code.
    void written(std::uint64_t address, std::uint64_t bytes);

    /// Executes until pause(), or until a fault: then false, and false at once from then on.
    bool run();
    /// Within a function of the world: ends run() behind the instruction.
    void pause();
    /// Within a function of the world: a fault, for this reason.
    void fail(const std::string& reason);

    const std::string& fault() const;
    /// Where it is: "pc 0x10000000040 (main+0x10), 1234 instructions".
    std::string where() const;
    /// Instructions executed since the start.
    std::int64_t instructions() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pimvp
