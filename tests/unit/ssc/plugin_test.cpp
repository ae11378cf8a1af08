#include "tranche/plugin.h"

#include <dlfcn.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "ssc/solver.hpp"

namespace {

/// The functions of the shared library, as a host finds them.
struct Plugin {
  Plugin() {
    handle = dlopen(SSC_PLUGIN, RTLD_NOW | RTLD_LOCAL);
    INFO((handle ? "" : dlerror()));
    REQUIRE(handle != nullptr);
    find(abi, "tranche_abi");
    find(load, "tranche_load");
    find(open, "tranche_open");
    find(eval, "tranche_eval");
    find(close, "tranche_close");
  }

  template <typename Function>
  void find(Function& function, char const* name) {
    void* const symbol = dlsym(handle, name);
    REQUIRE(symbol != nullptr);
    std::memcpy(&function, &symbol, sizeof function);
  }

  void* handle = nullptr;
  decltype(&tranche_abi) abi = nullptr;
  decltype(&tranche_load) load = nullptr;
  decltype(&tranche_open) open = nullptr;
  decltype(&tranche_eval) eval = nullptr;
  decltype(&tranche_close) close = nullptr;
};

/// A host's description of a campaign; change a member, then call `info`.
struct Campaign {
  std::vector<char const*> x_names{"delta", "R", "B", "p", "gamma_min", "gamma_max", "L_e"};
  std::vector<char const*> meta_names{"iterations", "unheard_of", "energy_budget", "u_b"};
  std::vector<double> nu;
  std::uint32_t const axis_of_output = 0;
  tranche_axis axis{};
  std::vector<tranche_output> outputs;
  char message[256] = "";

  Campaign() {
    for (int k = 0; k < 177; ++k) nu.push_back(std::pow(10, 8 + k / 8.0));
    axis = {sizeof axis, "nu", "Hz", nu.size(), nu.data()};
    outputs.push_back({sizeof(tranche_output), "sed", "erg s-1", nu.size(), 1, &axis_of_output});
  }
  Campaign(Campaign const&) = delete;

  tranche_info info() {
    tranche_info out{};
    out.size = sizeof out;
    out.abi = TRANCHE_ABI;
    out.threads = 1;
    out.n_x = x_names.size();
    out.x_names = x_names.data();
    out.n_axes = 1;
    out.axes = &axis;
    out.n_outputs = outputs.size();
    out.outputs = outputs.data();
    out.n_meta = meta_names.size();
    out.meta_names = meta_names.data();
    out.campaign_dir = "/";
    out.message = message;
    out.message_size = sizeof message;
    return out;
  }
};

struct Answer {
  int code = -1;
  std::vector<double> sed;
  std::vector<double> meta;
  std::string reason;
  std::string message;
};

Answer evaluate(Plugin const& plugin, Campaign& campaign, std::vector<std::vector<double>> const& samples) {
  tranche_info const info = campaign.info();
  void* shared = nullptr;
  void* state = nullptr;
  REQUIRE(plugin.load(&info, &shared) == 0);
  REQUIRE(plugin.open(&info, shared, &state) == 0);
  Answer answer;
  for (auto const& x : samples) {
    answer.sed.assign(campaign.nu.size(), std::nan(""));
    answer.meta.assign(campaign.meta_names.size(), std::nan(""));
    tranche_task task{};
    task.size = sizeof task;
    task.stage = 1;
    task.deadline_s = INFINITY;
    task.rundir = "/";
    task.x = x.data();
    task.nx = x.size();
    tranche_result result{};
    result.size = sizeof result;
    result.n_meta = answer.meta.size();
    result.meta = answer.meta.data();
    double* const out[] = {answer.sed.data()};
    answer.code = plugin.eval(state, &task, out, &result);
    answer.reason = result.reason;
    answer.message = result.message;
  }
  plugin.close(state);
  return answer;
}

std::string refusal(Plugin const& plugin, Campaign& campaign) {
  tranche_info const info = campaign.info();
  void* shared = nullptr;
  REQUIRE(plugin.load(&info, &shared) != 0);
  return campaign.message;
}

std::vector<double> const plain{10, 1e16, 0.1, 2.2, 1e3, 1e6, 1e44};

}  // namespace

TEST_CASE("the plug-in computes the library's spectrum and meta numbers") {
  Plugin const plugin;
  CHECK(plugin.abi() == TRANCHE_ABI);
  Campaign campaign;
  Answer const answer = evaluate(plugin, campaign, {plain});
  REQUIRE(answer.code == TRANCHE_OK);
  ssc::Tables const tables;
  auto const outcome = ssc::solve(tables, {10, 1e16, 0.1, 2.2, 1e3, 1e6, 1e44});
  auto const& solution = std::get<ssc::Solution>(outcome);
  std::vector<double> expected(campaign.nu.size());
  ssc::boosted_luminosity(tables, solution, 10, campaign.nu, expected);
  CHECK(std::memcmp(answer.sed.data(), expected.data(), expected.size() * sizeof(double)) == 0);
  CHECK(answer.meta[0] == solution.diagnostics.iterations);
  CHECK(std::isnan(answer.meta[1]));
  CHECK(answer.meta[2] == solution.diagnostics.energy_budget);
  CHECK(answer.meta[3] == Approx(0.01 / (8 * 3.14159265358979)));
}

TEST_CASE("parameters are found by name, among others, in any order") {
  Plugin const plugin;
  Campaign campaign, shuffled;
  shuffled.x_names = {"L_e", "z", "gamma_max", "gamma_min", "t_var", "p", "B", "R", "delta"};
  Answer const a = evaluate(plugin, campaign, {plain});
  Answer const b = evaluate(plugin, shuffled, {{1e44, 0.031, 1e6, 1e3, 7, 2.2, 0.1, 1e16, 10}});
  REQUIRE(b.code == TRANCHE_OK);
  CHECK(std::memcmp(a.sed.data(), b.sed.data(), a.sed.size() * sizeof(double)) == 0);
}

TEST_CASE("samples before it leave no trace in a spectrum") {
  Plugin const plugin;
  Campaign campaign;
  Answer const alone = evaluate(plugin, campaign, {plain});
  Answer const after =
      evaluate(plugin, campaign, {{20, 1e15, 0.05, 2.5, 300, 1e5, 3e46}, {-1, 0, 0, 0, 0, 0, 0}, plain});
  REQUIRE(after.code == TRANCHE_OK);
  CHECK(std::memcmp(alone.sed.data(), after.sed.data(), alone.sed.size() * sizeof(double)) == 0);
}

TEST_CASE("failures carry their reason; only points without meaning are bad points") {
  Plugin const plugin;
  Campaign campaign;
  Answer const negative = evaluate(plugin, campaign, {{10, 1e16, -1, 2.2, 1e3, 1e6, 1e44}});
  CHECK(negative.code == TRANCHE_BAD_POINT);
  CHECK(negative.reason == "bad_parameter");
  CHECK_THAT(negative.message, Catch::StartsWith("B = -1"));
  Answer const empty = evaluate(plugin, campaign, {{10, 1e16, 1, 2.2, 1e5, 1e2, 1e44}});
  CHECK(empty.code == TRANCHE_BAD_POINT);
  CHECK(empty.reason == "empty_injection");
  Answer const truncated = evaluate(plugin, campaign, {{10, 1e16, 1e7, 2, 1e6, 1e8, 1e42}});
  CHECK(truncated.code == TRANCHE_FAILED);
  CHECK(truncated.reason == "truncated");
}

TEST_CASE("the iteration cap and pairs can be set as constants") {
  Plugin const plugin;
  Campaign campaign;
  campaign.x_names.push_back("max_iterations");
  campaign.x_names.push_back("pairs");
  std::vector<double> loud{20, 1e15, 0.05, 2.5, 300, 1e5, 3e46, 3, 0};
  Answer const capped = evaluate(plugin, campaign, {loud});
  CHECK(capped.code == TRANCHE_FAILED);
  CHECK(capped.reason == "not_converged");
  Answer const cascade = evaluate(plugin, campaign, {{10, 1e16, 0.1, 2.2, 1e3, 1e6, 1e52, 200, 1}});
  CHECK(cascade.reason == "runaway");
  Answer const senseless = evaluate(plugin, campaign, {{10, 1e16, 0.1, 2.2, 1e3, 1e6, 1e44, 0, 0}});
  CHECK(senseless.code == TRANCHE_BAD_POINT);
}

TEST_CASE("a campaign that does not fit is refused at load with a reason") {
  Plugin const plugin;
  SECTION("a parameter is missing") {
    Campaign campaign;
    campaign.x_names[2] = "log10_B";
    CHECK_THAT(refusal(plugin, campaign), Catch::Contains("missing parameter: B "));
  }
  SECTION("the axis is not a frequency in Hz") {
    Campaign campaign;
    campaign.axis.unit = "GHz";
    CHECK_THAT(refusal(plugin, campaign), Catch::Contains("Hz"));
  }
  SECTION("more than one output") {
    Campaign campaign;
    campaign.outputs.push_back(campaign.outputs[0]);
    CHECK_THAT(refusal(plugin, campaign), Catch::Contains("one output"));
  }
  SECTION("a scalar output") {
    Campaign campaign;
    campaign.outputs[0].n_axes = 0;
    campaign.outputs[0].n = 1;
    CHECK_THAT(refusal(plugin, campaign), Catch::Contains("one axis"));
  }
  SECTION("another ABI") {
    Campaign campaign;
    tranche_info info = campaign.info();
    info.abi = 99;
    void* shared = nullptr;
    CHECK(plugin.load(&info, &shared) != 0);
  }
}

TEST_CASE("a campaign may keep no output") {
  Plugin const plugin;
  Campaign campaign;
  campaign.outputs.clear();
  Answer const answer = evaluate(plugin, campaign, {plain});
  CHECK(answer.code == TRANCHE_OK);
  CHECK(answer.meta[0] >= 1);
}
