// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// pimvp claims as a user runs it, reduced to a few images and samples.
#include <filesystem>
#include <map>
#include <set>

#include "networks/dataset.h"
#include "tests/apps/command.h"

namespace pimvp::test {
namespace {

using nlohmann::json;

struct Claims : CommandTest {
    static void expect_refused(const std::vector<std::string>& arguments, const std::string& part) {
        const Outcome outcome = pimvp(arguments);
        EXPECT_EQ(outcome.status, 2) << outcome.err;
        EXPECT_EQ(outcome.out, "");
        EXPECT_NE(outcome.err.find(part), std::string::npos) << "'" << part << "' is not in: " << outcome.err;
    }
};

TEST_F(Claims, of_dualpim_are_a_list_and_the_same_bytes_twice) {
    const std::vector<std::string> question = {"claims", "dualpim", "--images", "0..19", "--samples", "3"};
    std::vector<std::string> as_json = question, as_text = question;
    as_json.insert(as_json.end(), {"--json", "-"});
    as_text.insert(as_text.end(), {"--json", dir.path("claims.json"), "--jobs", "1"});
    const Outcome first = pimvp(as_json);
    ASSERT_EQ(first.status, 0) << first.err;
    const bool has_cifar10 = !net::find_dataset("cifar10", "", net::Split::test).empty();
    EXPECT_EQ(first.err.find("rows on cifar10 are left out") == std::string::npos, has_cifar10);
    const json list = json::parse(first.out);
    ASSERT_TRUE(list.is_array());
    const std::set<std::string> keys = {
        "platform", "id",  "what", "workload",  "source",   "published", "published_high", "own_bound",
        "relation", "low", "high", "simulated", "interval", "unit",      "verdict"};
    std::set<std::string> ids;
    std::map<std::string, json> by_id;
    for (const json& claim : list) {
        std::set<std::string> found;
        for (const auto& [key, value] : claim.items()) found.insert(key);
        EXPECT_EQ(found, keys);
        EXPECT_EQ(claim["platform"], "dualpim");
        EXPECT_TRUE(ids.insert(claim["id"]).second) << claim["id"];
        EXPECT_LE(claim["low"], claim["simulated"]) << claim;
        EXPECT_LE(claim["simulated"], claim["high"]) << claim;
        EXPECT_TRUE(claim["published"].is_number() || claim["own_bound"].is_number() ||
                    claim["verdict"] == "no published figure")
            << claim;
        by_id[claim["id"]] = claim;
    }
    // Seeds 1..3 draw retentions of 45 to 103 us, which would take more than 1 %.
    EXPECT_LE(by_id["D-7t"]["high"], 1.0);
    EXPECT_EQ(by_id["D-7t"]["verdict"], "reproduced");
    EXPECT_TRUE(by_id["D-4"]["published"].is_null());
    EXPECT_EQ(by_id["D-4"]["own_bound"], 5.0);
    EXPECT_EQ(by_id["D-4"]["verdict"], by_id["D-4"]["high"] <= 5.0 ? "holds" : "does not hold");
    for (const char* id : {"D-1a-50", "D-1b-best", "D-2a-25", "D-3e-50", "D-3m-50", "D-3l-50", "D-4", "D-5",
                           "D-5-5bit", "D-6", "D-6-5bit", "D-7t", "D-7e", "D-8e", "D-8a", "A-5a", "A-5e"})
        EXPECT_EQ(ids.count(id), 1u) << id;
    for (const char* id : {"D-1c-50", "D-2c-50", "D-3cl-50"})
        EXPECT_EQ(ids.count(id), has_cifar10 ? 1u : 0u) << id;

    const Outcome second = pimvp(as_text);
    ASSERT_EQ(second.status, 0) << second.err;
    EXPECT_EQ(slurp(dir.path("claims.json")), first.out);
    for (const char* part : {"published", "D-1a-50", "not reproduced", "fmnist_dualnet_25", "formula"})
        EXPECT_NE(second.out.find(part), std::string::npos) << part;
}

/// A folder like the project's, with small networks under the names of the large ones.
struct SmallHome {
    explicit SmallHome(TempDir& dir) {
        for (const char* folder : {"platforms", "models", "modules"})
            std::filesystem::create_directory_symlink(PIMVP_SOURCE_DIR "/" + std::string(folder),
                                                      dir.path(folder));
        dir.write("traces/layers/shapes.json", R"({"node_list": [
            {"name": "image", "operation": "OP_INPUT", "output_dim": [1, 3, 8, 8]},
            {"name": "c1", "operation": "OP_CONV", "provider": ["image"], "output_dim": [1, 16, 6, 6],
             "param": {"input_channel": 3, "output_channel": 16, "kernel_h": 3, "kernel_w": 3, "stride_h": 1,
             "stride_w": 1}},
            {"name": "flat", "operation": "OP_FLATTEN", "provider": ["c1"], "output_dim": [1, 576]},
            {"name": "scores", "operation": "OP_FC", "provider": ["flat"], "output_dim": [1, 10],
             "param": {"num_input": 576, "num_output": 10}}]})");
        for (const char* network :
             {"alexnet_mupod", "alexnet_stripes99", "alexnet_stripes100", "squeezenet_mupod",
              "mobilenet_mupod", "googlenet_mupod", "googlenet_stripes99", "googlenet_stripes100",
              "resnet50_mupod", "vgg19_mupod", "vgg19_stripes99", "vgg19_stripes100"})
            dir.write("traces/layers/" + std::string(network) + ".json",
                      R"({"base": "shapes.json", "weight_bits": 9, "input_bits": [8, 6]})");
        setenv("PIMVP_HOME", dir.folder().c_str(), 1);
    }
    ~SmallHome() { unsetenv("PIMVP_HOME"); }
};

TEST_F(Claims, of_quantpim_take_bands_times_and_accuracies) {
    const SmallHome home(dir);
    const std::vector<std::string> question = {"claims", "quantpim", "--images", "0..29", "--samples", "3"};
    std::vector<std::string> as_json = question, as_text = question;
    as_json.insert(as_json.end(), {"--json", "-"});
    as_text.insert(as_text.end(), {"--json", dir.path("claims.json"), "--jobs", "1"});
    const Outcome first = pimvp(as_json);
    ASSERT_EQ(first.status, 0) << first.err;
    std::map<std::string, json> by_id;
    for (const json& claim : json::parse(first.out)) {
        EXPECT_TRUE(by_id.emplace(claim["id"], claim).second) << claim["id"];
        EXPECT_LE(claim["low"], claim["simulated"]) << claim;
        EXPECT_LE(claim["simulated"], claim["high"]) << claim;
    }
    for (const char* network : {"alexnet_mupod", "vgg19_stripes100", "fmnist_layerwise"}) {
        const json &a = by_id[std::string("Q-1a-") + network], &b = by_id[std::string("Q-1b-") + network],
                   &c = by_id[std::string("Q-1c-") + network];
        EXPECT_EQ(b["published"], 39.1);
        EXPECT_EQ(b["published_high"], 50.4);
        EXPECT_EQ(b["interval"], "parameters");
        EXPECT_LT(b["low"], b["high"]);
        EXPECT_GT(a["simulated"], b["simulated"]);
        EXPECT_GT(b["simulated"], c["simulated"]);
        EXPECT_GT(c["simulated"], 0);
        // Times have no spread.
        const json& time = by_id[std::string("Q-2l-") + network];
        EXPECT_EQ(time["low"], time["high"]);
        EXPECT_EQ(time["verdict"], "no published figure");
    }
    const json& loss = by_id["Q-3-fmnist_layerwise"];
    EXPECT_EQ(loss["own_bound"], 0.3);
    EXPECT_EQ(loss["interval"], "images");

    const Outcome second = pimvp(as_text);
    ASSERT_EQ(second.status, 0) << second.err;
    EXPECT_EQ(slurp(dir.path("claims.json")), first.out);
    for (const char* part : {"39.1..50.4 %", "Q-1b-alexnet_mupod", "each block used", "fixed16"})
        EXPECT_NE(second.out.find(part), std::string::npos) << part;
}

TEST_F(Claims, of_silicon_need_no_simulation) {
    const Outcome text = pimvp({"claims", "silicon"});
    ASSERT_EQ(text.status, 0) << text.err;
    for (const char* part : {"AIMC1", "DIMC4", "conditions unpublished", "S-median-a", "holds"})
        EXPECT_NE(text.out.find(part), std::string::npos) << part;
    EXPECT_EQ(text.out.find("test split"), std::string::npos) << text.out;

    const Outcome one = pimvp({"claims", "silicon", "--json", "-"}),
                  other = pimvp({"claims", "silicon", "--samples", "3", "--json", "-"});
    ASSERT_EQ(one.status, 0) << one.err;
    EXPECT_EQ(one.out, other.out) << "there are no samples";
    std::map<std::string, json> by_id;
    for (const json& claim : json::parse(one.out)) {
        EXPECT_TRUE(by_id.emplace(claim["id"], claim).second) << claim["id"];
        EXPECT_EQ(claim["platform"], "silicon");
        EXPECT_EQ(claim["low"], claim["high"]);
    }
    EXPECT_EQ(by_id.size(), 3 * 7 + 3u);
    for (const char* id : {"S-median-a", "S-median-d", "S-median-e"})
        EXPECT_EQ(by_id[id]["verdict"], "holds") << id;
}

TEST_F(Claims, refuse_what_cannot_be) {
    expect_refused({"claims", "dualpin"}, "unknown group of claims 'dualpin', did you mean 'dualpim'?");
    expect_refused({"claims", "mrm"},
                   "did you mean 'mram'? expected one of: admm, dualpim, mram, quantpim, silicon");
    for (const char* samples : {"0", "-1", "1e9", "many"})
        expect_refused({"claims", "dualpim", "--samples", samples}, "--samples");
    expect_refused({"claims", "dualpim", "--jobs", "0"}, "--jobs");
    expect_refused({"claims", "dualpim", "--images", "3..1"}, "--images");
    expect_refused({"claims", "dualpim", "--json", "/nonexistent/claims.json"}, "/nonexistent/claims.json");
}

TEST_F(Claims, name_a_network_that_is_missing) {
    std::filesystem::create_directories(dir.path("models"));
    std::filesystem::create_directory_symlink(PIMVP_SOURCE_DIR "/platforms", dir.path("platforms"));
    setenv("PIMVP_HOME", dir.folder().c_str(), 1);
    expect_refused({"claims", "dualpim", "--images", "0..1"}, "unknown network 'fmnist_int4'");
    unsetenv("PIMVP_HOME");
}

}  // namespace
}  // namespace pimvp::test
