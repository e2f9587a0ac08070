// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a run reports: the keys that others rely on, sums that add up, and the same bytes whenever the same is
// asked.
#include <cstring>
#include <filesystem>
#include <set>

#include "networks/dataset.h"
#include "networks/executor.h"
#include "networks/import.h"
#include "tests/apps/command.h"

namespace pimvp::test {
namespace {

using nlohmann::json;
__extension__ using Wide = __int128;

Wide wide(const json& text) {
    Wide sum = 0;
    for (const char c : text.get<std::string>()) {
        EXPECT_TRUE(c >= '0' && c <= '9') << text;
        sum = sum * 10 + (c - '0');
    }
    return sum;
}

Wide sum_of(const json& texts) {
    Wide sum = 0;
    for (const auto& text : texts) sum += wide(text);
    return sum;
}

/// Text instead of a 128-bit integer, for messages.
void expect_equal(Wide a, Wide b, const char* what) {
    EXPECT_TRUE(a == b) << what << ": " << static_cast<double>(a) << " and " << static_cast<double>(b);
}

struct Result : CommandTest {
    static json two_images(std::vector<std::string> more = {}, const std::string& platform = "dualpim") {
        more.insert(more.end(), {"--images", "0..1"});
        return run_json(platform, more);
    }
    static json without(json result, const std::vector<std::string>& keys) {
        result.erase("simulation");
        for (const std::string& key : keys) result.erase(key);
        return result;
    }
};

TEST_F(Result, has_the_keys_of_schema_1) {
    const json result = two_images();
    std::set<std::string> keys;
    for (const auto& [key, value] : result.items()) keys.insert(key);
    EXPECT_EQ(keys, (std::set<std::string>{
                        "schema",      "version",    "platform",       "variant",
                        "network",     "dataset",    "images",         "accuracy",
                        "predictions", "bit_exact",  "first_mismatch", "non_ideal",
                        "latency_s",   "span_s",     "load_s",         "throughput_inferences_per_s",
                        "energy_j",    "energy_zj",  "area_m2",        "macs_per_inference",
                        "ops_per_s",   "ops_per_j",  "utilisation",    "busy",
                        "layers",      "counters",   "seed",           "config",
                        "simulation",  "shape_only", "network_file",   "network_options",
                        "arrays"}));
    EXPECT_EQ(result["schema"], 1);
    EXPECT_EQ(result["platform"], "dualpim");
    EXPECT_EQ(result["variant"], "default");
    EXPECT_EQ(result["dataset"], "fashion-mnist");
    EXPECT_EQ(result["images"], (json{{"first", 0}, {"last", 1}, {"count", 2}}));
    EXPECT_EQ(result["predictions"].size(), 2u);
    EXPECT_EQ(result["bit_exact"], true);
    EXPECT_EQ(result["config"], json::object());
    for (const char* key : {"by_block", "by_event", "load", "idle", "io", "total", "per_inference"})
        EXPECT_TRUE(result["energy_j"].contains(key)) << key;
    for (const char* key : {"name", "op", "path", "macs", "cycles", "latency_s", "energy_j", "utilisation",
                            "bound", "tiles", "resident"})
        for (const auto& layer : result["layers"]) EXPECT_TRUE(layer.contains(key)) << key;
    for (const char* key : {"wall_s", "inferences_per_wall_s", "peak_memory_bytes"})
        EXPECT_GT(result["simulation"][key].get<double>(), 0) << key;
}

TEST_F(Result, says_how_the_network_was_read) {
    const json plain = two_images();
    EXPECT_EQ(plain["network_options"], (json{{"rounding", "half-up"}}));
    EXPECT_TRUE(std::filesystem::is_regular_file(plain["network_file"].get<std::string>()));
    const json other = two_images({"--rounding", "half-even"});
    EXPECT_EQ(other["network_options"], (json{{"rounding", "half-even"}}));
    const std::string table = dir.write("one.CSV",
                                        "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, "
                                        "Channels, Num Filter, Strides,\nonly, 4, 4, 4, 4, 1, 3, 1,\n");
    const json drawn = two_images({"--network", table});
    EXPECT_EQ(drawn["network_options"], (json{{"bits", "8"}, {"network_seed", "1"}}));
    EXPECT_EQ(drawn["network_file"], table);
    const Outcome text = pimvp(
        {"run", "dualpim", "--network", table, "--bits", "4", "--network-seed", "7", "--images", "0..0"});
    EXPECT_EQ(text.status, 0) << text.err;
    EXPECT_EQ(text.out.substr(0, text.out.find('\n')),
              "dualpim:default  one on drawn, images 0..0, --bits 4 --network-seed 7");
}

TEST_F(Result, figures_follow_from_each_other) {
    const json result = two_images();
    EXPECT_GT(result["latency_s"]["min"], 0);
    EXPECT_LE(result["latency_s"]["min"], result["latency_s"]["mean"]);
    EXPECT_LE(result["latency_s"]["mean"], result["latency_s"]["max"]);
    const double throughput = result["throughput_inferences_per_s"];
    EXPECT_NEAR(throughput * result["span_s"].get<double>(), 2, 1e-9);
    const double macs = result["macs_per_inference"];
    EXPECT_NEAR(result["ops_per_s"].get<double>() / (2 * macs * throughput), 1, 1e-12);
    const json& energy = result["energy_j"];
    const double one = (energy["total"].get<double>() - energy["load"].get<double>()) / 2;
    EXPECT_NEAR(energy["per_inference"].get<double>() / one, 1, 1e-9);
    EXPECT_NEAR(result["ops_per_j"].get<double>() * one / (2 * macs), 1, 1e-9);
    double area = 0;
    for (const auto& block : result["area_m2"]["by_block"]) area += block.get<double>();
    EXPECT_NEAR(result["area_m2"]["total"].get<double>() / area, 1, 1e-9);
}

TEST_F(Result, energy_adds_up_to_the_last_zeptojoule) {
    for (const char* platform : {"dualpim", "dualpim:int4"}) {
        const json energy = two_images({}, platform)["energy_zj"];
        const Wide total = wide(energy["total"]);
        EXPECT_GT(static_cast<double>(total), 0);
        expect_equal(sum_of(energy["by_block"]), total, "by_block");
        expect_equal(sum_of(energy["by_event"]), total, "by_event");
        expect_equal(
            sum_of(energy["by_layer"]) + wide(energy["load"]) + wide(energy["idle"]) + wide(energy["io"]),
            total, "layers + load + idle + io");
    }
}

TEST_F(Result, scores_are_those_of_the_reference_executor) {
    const std::string npy = dir.path("scores.npy");
    const json result = two_images({"--no-check", "--dump-outputs", npy});
    EXPECT_TRUE(result["bit_exact"].is_null());
    const auto graph =
        net::import_network(PIMVP_SOURCE_DIR "/models/" + result["network"].get<std::string>() + ".onnx");
    const auto images = net::load_dataset("fashion-mnist", "", net::Split::test);
    const std::string bytes = slurp(npy);
    const auto header = static_cast<std::size_t>(static_cast<unsigned char>(bytes[8])) + 10;
    ASSERT_EQ(bytes.size(), header + 2 * 10 * 4);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto expected = net::execute(graph, images.image(i))[static_cast<std::size_t>(graph.output)];
        std::vector<std::int32_t> found(10);
        std::memcpy(found.data(), bytes.data() + header + i * 40, 40);
        EXPECT_EQ(found, expected) << "image " << i;
        EXPECT_EQ(result["predictions"][i], net::argmax(expected));
    }
}

TEST_F(Result, checking_changes_nothing_else) {
    const std::vector<std::string> keys = {"bit_exact"};
    EXPECT_EQ(without(two_images(), keys), without(two_images({"--no-check"}), keys));
}

TEST_F(Result, an_adc_with_too_few_bits_is_reported_as_what_it_is) {
    const json result = two_images({"--set", "edram_macro.adc_bits=2"});
    EXPECT_EQ(result["bit_exact"], false);
    EXPECT_NE(result["first_mismatch"].get<std::string>().find("image 0"), std::string::npos);
    EXPECT_EQ(result["non_ideal"], json::array({"edram_macro.adc_bits = 2"}));
    EXPECT_EQ(two_images()["non_ideal"], json::array());
}

TEST_F(Result, is_the_same_bytes_twice) {
    const auto bytes = [this](const std::string& name) {
        const std::string file = dir.path(name);
        EXPECT_EQ(pimvp({"run", "dualpim", "--images", "0..1", "--json", file, "--quiet"}).status, 0);
        const std::string text = slurp(file);
        return text.substr(0, text.find("\"simulation\""));
    };
    const std::string first = bytes("a.json");
    EXPECT_GT(first.size(), 1000u);
    EXPECT_EQ(first, bytes("b.json"));
}

TEST_F(Result, does_not_depend_on_the_quantum) {
    const json base = without(two_images(), {});
    EXPECT_EQ(base, without(two_images({"--quantum", "1 us"}), {}));
    EXPECT_EQ(base, without(two_images({"--quantum", "17 ns"}), {}));
}

TEST_F(Result, does_not_depend_on_the_time_resolution) {
    EXPECT_EQ(without(two_images(), {}), without(two_images({"--time-resolution", "1fs"}), {}));
}

TEST_F(Result, does_not_depend_on_tracing) {
    const std::string vcd = dir.path("run.vcd");
    EXPECT_EQ(without(two_images(), {}), without(two_images({"--vcd", vcd}), {}));
    EXPECT_NE(slurp(vcd).find("$enddefinitions"), std::string::npos);
}

TEST_F(Result, dumped_configuration_runs_the_same) {
    // What was set is in `config` the first time and the file's own the second time.
    const std::vector<std::string> keys = {"config", "variant"};
    const std::string file = dir.path("mine.toml");
    const json first =
        two_images({"--set", "technology.supply=0.95 V", "--set", "sram_macro.leakage_per_bit=20 pW",
                    "--param-seed", "3", "--dump-config", file});
    EXPECT_EQ(first["config"]["technology.supply"], "950 mV");
    EXPECT_EQ(without(first, keys), without(two_images({}, "dualpim:" + file), keys));
    EXPECT_NE(first["energy_j"], two_images()["energy_j"]);
}

TEST_F(Result, leaves_only_what_was_asked_for) {
    const Outcome outcome =
        pimvp({"run", "dualpim", "--images", "0..0", "--json", dir.path("r.json"), "--vcd", dir.path("r.vcd"),
               "--dump-outputs", dir.path("r.npy"), "--dump-config", dir.path("r.toml"), "--quiet"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out + outcome.err, "");
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(dir.folder()))
        files.insert(entry.path().filename());
    EXPECT_EQ(files, (std::set<std::string>{"r.json", "r.npy", "r.toml", "r.vcd"}));
}

TEST_F(Result, report_for_people_fits_a_terminal) {
    const Outcome outcome = pimvp({"run", "dualpim", "--images", "0..1"});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "") << "no progress where there is no terminal";
    for (const char* part :
         {"accuracy", "bit-exact    yes", "throughput", "per inference", "OPS/W", "mm2", "stem"})
        EXPECT_NE(outcome.out.find(part), std::string::npos) << part;
    for (std::size_t start = 0, end; start < outcome.out.size(); start = end + 1) {
        end = outcome.out.find('\n', start);
        EXPECT_LE(end - start, 100u) << outcome.out.substr(start, end - start);
    }
}

}  // namespace
}  // namespace pimvp::test
