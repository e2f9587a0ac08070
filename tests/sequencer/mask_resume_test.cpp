// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Power is lost at every access of a program whose layers have masks.
#include <algorithm>
#include <map>
#include <memory>

#include "modules/sequencer/resumable_sequencer.h"
#include "tests/sequencer/fixture.h"
#include "tests/sequencer/mask_case.h"

namespace pimvp::test {
namespace {

/// Grants everything, and is off for a while after a cut.
class CutSupply : public sc_core::sc_module, public PowerIf {
  public:
    explicit CutSupply(const sc_core::sc_module_name& name) : sc_module(name) {}
    void cut() {
        good_at_ = sc_core::sc_time_stamp() + sc_core::sc_time(1, sc_core::SC_US);
        good_.notify(sc_core::sc_time(1, sc_core::SC_US));
    }
    void plan(PowerClient& client, std::int64_t start_ps, std::vector<PowerSteps> work) override {
        client_ = &client;
        end_ps_ = start_ps;
        steps_ = 0;
        for (const auto& part : work) {
            steps_ += part.steps;
            end_ps_ += part.steps * part.step_ps;
        }
    }
    std::int64_t execute() override {
        client_->powered(steps_, false);
        return end_ps_;
    }
    bool settle(std::int64_t) override { return state() == PowerState::good; }
    PowerState state() const override {
        return sc_core::sc_time_stamp() < good_at_ ? PowerState::off : PowerState::good;
    }
    std::int64_t off_since_ps() const override { return 0; }
    const sc_core::sc_event& good_event() const override { return good_; }
    bool dead() const override { return false; }

  private:
    sc_core::sc_event good_;
    sc_core::sc_time good_at_;
    PowerClient* client_ = nullptr;
    std::int64_t end_ps_ = 0, steps_ = 0;
};

using Results = std::map<std::uint32_t, std::vector<std::int32_t>>;  // sums by output address

class MaskResume : public SimTest, public ::testing::WithParamInterface<ResumePolicy> {
  protected:
    MaskResume() {
        irq_.write(false);
        sequencer_.irq.bind(irq_);
        sequencer_.port.bind(memory_.in[0]);
        sequencer_.power.bind(supply_);
        ProgramText program(memory_, program_at);
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            const MaskCase& layer = layers_[i];
            layer.store(memory_);
            const auto masks = layer.masks(5);
            for (std::size_t m = 0; i != 1 && m < masks.size(); ++m) {
                program.add(PIMVP_OP_MASK, masks[m]);
                if (m == 0) program.add(PIMVP_OP_WRITE, elsewhere());
            }
            pimvp_post post{};
            post.channels = static_cast<std::uint32_t>(layer.filters);
            post.width = static_cast<std::uint32_t>(layer.out_w);
            post.format = PIMVP_FORMAT(32, 1);
            post.address = outputs_of(i);
            post.row_bytes = 4 * post.channels * post.width;
            program.add(PIMVP_OP_POST, post).add(PIMVP_OP_CONV, layer.conv());
            for (const auto& tile : layer.tiles()) program.add(PIMVP_OP_TILE, tile);
        }
        program.end();
        commands_ = program.count();
        memory_.forward = [this](const Access& access) { return see(access), false; };
    }

    static std::uint32_t outputs_of(std::size_t layer) {
        return 0x1000 * static_cast<std::uint32_t>(layer + 1);
    }
    static pimvp_write elsewhere() {
        pimvp_write write{};
        write.address = 0x5000;
        write.count = 1;
        return write;
    }
    static std::vector<MaskCase> layers() {
        std::vector<MaskCase> list;
        // The middle one keeps all and has no mask; the rounds are kinds of masks.
        for (const int round : {3, 2, 4}) {
            std::mt19937 random(static_cast<unsigned>(round));
            MaskCase layer(random, round);
            while (layer.out_h * layer.out_w < 3 || layer.kept.size() < 11) layer = MaskCase(random, round);
            layer.image_at += 0x10000 * static_cast<std::uint32_t>(list.size());
            layer.first_region = 4 * static_cast<std::uint32_t>(list.size());
            list.push_back(layer);
        }
        return list;
    }

    void see(const Access& access) {
        for (const MaskCase& layer : layers_) layer.multiply(memory_, access);
        if (access.write && access.address == post_at + PIMVP_POST_CONFIG) {
            at_ = access.word(10);
            results_[at_].clear();
        } else if (access.write && access.address >= post_at + PIMVP_POST_PSUM32 &&
                   access.address < post_at + PIMVP_POST_OPERAND) {
            auto& sums = results_[at_];
            sums.resize(access.data.size() / 4);
            for (std::size_t f = 0; f < sums.size(); ++f)
                sums[f] += static_cast<std::int32_t>(access.word(f));
        }
        if (accesses_++ == cut_at_) {
            supply_.cut();
            sequencer_.lose();
        }
    }

    Technology technology_;
    std::vector<MaskCase> layers_ = layers();
    sc_core::sc_signal<bool> irq_{"irq"};
    Everything memory_{"memory", 1};
    CutSupply supply_{"supply"};
    ResumableSequencer sequencer_{"sequencer", sequencer_params(), resumable_params(), technology_};
    std::uint32_t commands_ = 0;
    Results results_;
    std::uint32_t at_ = 0;
    std::int64_t accesses_ = 0, cut_at_ = -1;

  private:
    static SequencerParams sequencer_params() {
        auto params = bench_params();
        params.line_buffer_bytes = 1 << 15;
        params.mask_bits = 1024;
        return params;
    }
    static ResumableParams resumable_params() {
        ResumableParams params;
        params.policy = GetParam();
        params.backup_time = params.restore_time = Duration::si(5e-9);
        return params;
    }
};

TEST_P(MaskResume, EveryCutLeavesTheSumsAsTheyAre) {
    Results expected;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const MaskCase& layer = layers_[i];
        for (int p = 0; p < layer.out_h * layer.out_w; ++p) {
            const int filters = layer.filters;
            auto& sums = expected[outputs_of(i) + 4 * static_cast<std::uint32_t>(filters * p)];
            for (int f = 0; f < filters; ++f) sums.push_back(layer.sum(f, p / layer.out_w, p % layer.out_w));
        }
    }
    std::int64_t cuts = 0, all = 0;
    TestInitiator host("host", [&](TestInitiator& self) {
        self.write<std::uint32_t>(PIMVP_SEQ_IRQ_ENABLE, 1);
        self.write<std::uint32_t>(PIMVP_SEQ_PROGRAM, static_cast<std::uint32_t>(program_at));
        self.write<std::uint32_t>(PIMVP_SEQ_COMMANDS, commands_);
        for (cut_at_ = -1; cut_at_ < all; ++cut_at_) {
            results_.clear();
            accesses_ = 0;
            self.write<std::uint32_t>(PIMVP_SEQ_CONTROL, 1);
            sc_core::wait(irq_.posedge_event());
            self.write<std::uint32_t>(PIMVP_SEQ_IRQ_STATUS, 1);
            ASSERT_FALSE(sequencer_.failed()) << sequencer_.failure() << ", cut at " << cut_at_;
            ASSERT_EQ(results_, expected) << "cut at " << cut_at_;
            if (cut_at_ < 0) all = accesses_ - 1;  // END, with the last access, is not interrupted
            cuts += cut_at_ >= 0;
        }
    });
    host.port.bind(sequencer_.target);
    sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_SEC));
    EXPECT_TRUE(host.done());
    EXPECT_GT(cuts, 100);
}
INSTANTIATE_TEST_SUITE_P(Each, MaskResume,
                         ::testing::Values(ResumePolicy::volatile_state, ResumePolicy::checkpoint,
                                           ResumePolicy::nv_accumulator),
                         [](const auto& info) {
                             return info.param == ResumePolicy::checkpoint       ? "checkpoint"
                                    : info.param == ResumePolicy::nv_accumulator ? "each_step"
                                                                                 : "nothing";
                         });

}  // namespace
}  // namespace pimvp::test
