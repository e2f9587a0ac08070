// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/vault/integrity_rig.h"

#include <cstring>

#include "driver/pimvp_vault.h"
#include "modules/core/payload.h"

namespace pimvp::test {
namespace {

constexpr std::size_t area_bytes = 1 << 16, region_bytes = 1 << 13;
constexpr std::size_t regions_per_actor = 6;  // the last quarter of an area is in none
constexpr std::size_t first_region = 4;       // those before are of the shared area

std::uint32_t register_address(std::size_t region, std::uint32_t offset) {
    return PIMVP_VAULT_GATE + PIMVP_GATE_REGION + static_cast<std::uint32_t>(region) * PIMVP_GATE_STRIDE +
           offset;
}

/// Of the rows: apart, and one at the very end.
std::uint64_t area_base(std::size_t actor, std::uint64_t bytes) {
    return actor == 2 ? bytes - area_bytes : 0x100000 * (actor + 1);
}

AtJob register_write(std::size_t region, std::uint32_t offset, std::uint32_t value) {
    AtJob job;
    job.write = true;
    job.address = register_address(region, offset);
    job.data.resize(4);
    std::memcpy(job.data.data(), &value, 4);
    return job;
}

}  // namespace

void ByteModel::gate(std::uint64_t base, std::uint64_t limit, int bits) {
    const unsigned word = bits == 0 ? 0xFFFF : 0xFFFFu << (16 - bits) & 0xFFFF;
    for (std::uint64_t a = base; a < limit; ++a)
        mask_[a - base_] = static_cast<std::uint8_t>(a % 2 == 0 ? word : word >> 8);
}

IntegrityRig::IntegrityRig(const sc_core::sc_module_name& name, const VaultParams& params,
                           std::uint64_t operations, std::uint64_t seed)
    : sc_module(name),
      vault_("vault", params, actors),
      shared_(0x20000, area_bytes),
      blocking_("blocking", [this](TestInitiator& self) { block(self); }) {
    for (std::size_t i = 0; i < actors; ++i) {
        Actor& actor = actors_[i];
        actor.random.seed(seed * actors + i);
        actor.left = operations / actors;
        actor.area =
            std::make_unique<ByteModel>(area_base(i, params.organisation.bytes()), std::size_t{area_bytes});
        checkers_.push_back(std::make_unique<ProtocolChecker>(("checker" + std::to_string(i)).c_str()));
        checkers_[i]->port.bind(vault_.in[static_cast<unsigned>(i)]);
        if (i == 2) {
            blocking_.port.bind(checkers_[i]->target);
            continue;
        }
        initiators_.push_back(
            std::make_unique<AtInitiator>(("initiator" + std::to_string(i)).c_str(), i == 0 ? 16 : 3,
                                          i == 0 ? 0 : 300000, [this, i](AtJob& job) { return next(i, job); },
                                          [this, i](const AtJob& job) { answered(i, job); }));
        initiators_[i]->port.bind(checkers_[i]->target);
    }
}

IntegrityRig::~IntegrityRig() = default;

void IntegrityRig::complain(const std::string& text) {
    if (complaints_++ == 0) first_ = std::string(name()) + ": " + text;
}

void IntegrityRig::set_register(std::size_t region, std::uint32_t offset, std::uint32_t value) {
    std::vector<std::uint8_t> bytes(4);
    std::memcpy(bytes.data(), &value, 4);
    if (blocking_.debug_write(register_address(region, offset), bytes) != 4) complain("no register");
}

void IntegrityRig::start_of_simulation() {
    const auto region = [this](std::size_t r, std::uint64_t base, std::uint64_t limit, unsigned bits,
                               bool pair) {
        set_register(r, PIMVP_GATE_BASE, static_cast<std::uint32_t>(base));
        set_register(r, PIMVP_GATE_LIMIT, static_cast<std::uint32_t>(limit));
        set_register(r, PIMVP_GATE_BITS, bits);
        set_register(r, PIMVP_GATE_DOUBLE, pair ? 1 : 0);
    };
    const std::uint64_t base = shared_.base();
    region(0, base + 0x1000, base + 0x3040, 5, true);
    region(1, base + 0x4000, base + 0x8000, 12, false);
    shared_.gate(base + 0x1000, base + 0x3040, 5);
    shared_.gate(base + 0x4000, base + 0x8000, 12);
    for (std::size_t i = 0; i < actors; ++i)
        for (std::size_t r = 0; r < regions_per_actor; ++r) {
            const std::uint64_t first = actors_[i].area->base() + r * region_bytes;
            region(first_region + i * regions_per_actor + r, first, first + region_bytes, 0, false);
        }
}

/// Another precision for one of the actor's regions: three register writes, between which nothing else of
/// this actor is sent.
void IntegrityRig::regate(std::size_t index) {
    Actor& actor = actors_[index];
    const std::size_t r = actor.random() % regions_per_actor,
                      region = first_region + index * regions_per_actor + r;
    const unsigned bits = static_cast<unsigned>(actor.random() % 17);
    const bool pair = bits <= 8 && actor.random() % 2 == 0;
    actor.ahead.push_back(register_write(region, PIMVP_GATE_BITS, 0));
    actor.ahead.push_back(register_write(region, PIMVP_GATE_DOUBLE, pair ? 1 : 0));
    actor.ahead.push_back(register_write(region, PIMVP_GATE_BITS, bits));
    const std::uint64_t first = actor.area->base() + r * region_bytes;
    actor.area->gate(first, first + region_bytes, static_cast<int>(bits));
}

bool IntegrityRig::next(std::size_t index, AtJob& job) {
    Actor& actor = actors_[index];
    if (actor.ahead.empty() && actor.left > 0 && actor.random() % 50 == 0) regate(index);
    if (!actor.ahead.empty()) {
        job = actor.ahead.front();
        actor.ahead.pop_front();
        job.tag = actor.sent++;
        return true;
    }
    if (actor.left == 0) return false;
    --actor.left;
    access(index, job);
    return true;
}

/// Any length, any alignment, any enables. The model is changed and asked here, as the request is sent: a
/// vault takes the requests of a socket in order.
void IntegrityRig::access(std::size_t index, AtJob& job) {
    Actor& actor = actors_[index];
    auto& random = actor.random;
    const bool shared = random() % 5 < 2;
    ByteModel& area = shared ? shared_ : *actor.area;
    const std::size_t longest = random() % 2 == 0 ? 70 : 4096;
    const std::size_t bytes = 1 + random() % longest;
    job.address = area.base() + random() % (area.size() - bytes + 1);
    job.write = random() % 2 == 0;
    job.tag = actor.sent++;
    job.enables.clear();
    if (shared) {
        job.enables.resize(bytes);
    } else if (random() % 3 == 0) {
        job.enables.resize(1 + random() % bytes);
        const std::uint64_t one_in = 1 + random() % 4, run = 1 + random() % 64;
        for (std::size_t i = 0; i < job.enables.size(); ++i)
            job.enables[i] = (i / run) % one_in == 0 && random() % 16 != 0 ? 255 : 0;
    }
    job.data.resize(bytes);
    auto& expected = actor.expected[job.tag];
    expected.assign(bytes, -1);
    const auto seed = random();
    for (std::size_t i = 0; i < bytes; ++i) {
        const std::uint64_t address = job.address + i;
        const bool mine = !shared || address / 8 % actors == index;
        if (shared) job.enables[i] = mine ? 255 : 0;
        const bool enabled = job.enables.empty() || job.enables[i % job.enables.size()] == 255;
        const auto value = static_cast<std::uint8_t>(seed >> i % 8 * 8 ^ i);
        job.data[i] = value;
        if (job.write && enabled) area.write(address, value);
        // What is not enabled stays as it is, in the initiator's buffer too.
        if (!job.write) expected[i] = enabled ? area.read(address) : value;
        if (job.write) expected[i] = value;
    }
}

void IntegrityRig::answered(std::size_t index, const AtJob& job) {
    Actor& actor = actors_[index];
    ++actor.answered;
    if (job.status != tlm::TLM_OK_RESPONSE)
        complain("actor " + std::to_string(index) + ", address " + std::to_string(job.address) +
                 ": another status than OK");
    const auto found = actor.expected.find(job.tag);
    if (found == actor.expected.end()) return;  // a register
    for (std::size_t i = 0; i < job.data.size(); ++i)
        if (job.data[i] != found->second[i]) {
            complain("actor " + std::to_string(index) + ", request " + std::to_string(job.tag) + ", " +
                     (job.write ? "write" : "read") + " of " + std::to_string(job.data.size()) +
                     " bytes at " + std::to_string(job.address) + ", byte " + std::to_string(i) +
                     ": expected " + std::to_string(found->second[i]) + ", found " +
                     std::to_string(job.data[i]));
            break;
        }
    actor.expected.erase(found);
}

/// The third actor: the same requests by blocking transport, now and then after a pause.
void IntegrityRig::block(TestInitiator& self) {
    tlm::tlm_generic_payload payload;
    AtJob job;
    for (;;) {
        job.enables.clear();
        if (!next(2, job)) return;
        prepare(payload, job.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, job.address,
                job.data.data(), static_cast<unsigned>(job.data.size()));
        if (!job.enables.empty()) {
            payload.set_byte_enable_ptr(job.enables.data());
            payload.set_byte_enable_length(static_cast<unsigned>(job.enables.size()));
        }
        sc_core::sc_time time;
        self.port->b_transport(payload, time);
        job.status = payload.get_response_status();
        answered(2, job);
        if (job.tag % 8 == 0) time += sc_core::sc_time(700, sc_core::SC_NS);
        sc_core::wait(time);
    }
}

std::string IntegrityRig::verdict() {
    for (std::size_t i = 0; i < actors; ++i) {
        if (actors_[i].left != 0 || actors_[i].answered != actors_[i].sent)
            complain("actor " + std::to_string(i) + ": " + std::to_string(actors_[i].answered) + " of " +
                     std::to_string(actors_[i].sent) + " requests were answered");
        if (checkers_[i]->violations() != 0 || checkers_[i]->in_flight() != 0)
            complain("the protocol was not kept on port " + std::to_string(i));
        const ByteModel* models[] = {&shared_, actors_[i].area.get()};
        for (const ByteModel* model : models) {
            std::vector<std::uint8_t> cells(model->size());
            blocking_.debug_read(model->base(), cells.data(), static_cast<unsigned>(cells.size()));
            if (cells != model->cells())
                complain("the cells at " + std::to_string(model->base()) + " differ");
        }
    }
    if (!vault_.idle()) complain("the vault is not idle");
    return first_;
}

}  // namespace pimvp::test
