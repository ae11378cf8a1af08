#include <sys/wait.h>

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <string>

#include "like_reference.hpp"

namespace {

struct Ended {
  int code;
  std::string output;
};

Ended run(std::string const& arguments) {
  FILE* const pipe = popen((std::string("\"" SSC_COMMAND "\" ") + arguments + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  Ended ended{-1, ""};
  std::array<char, 4096> buffer;
  while (std::size_t const n = std::fread(buffer.data(), 1, buffer.size(), pipe))
    ended.output.append(buffer.data(), n);
  int const status = pclose(pipe);
  REQUIRE(WIFEXITED(status));
  ended.code = WEXITSTATUS(status);
  return ended;
}

std::string const plain =
    "sed --delta 10 --R 1e16 --B 0.1 --p 2.2 --gamma_min 1e3 --gamma_max 1e6 --L_e 1e44 ";

}  // namespace

TEST_CASE("sed prints a spectrum with its figures") {
  Ended const json = run(plain);
  CHECK(json.code == 0);
  CHECK_THAT(json.output, Catch::Contains("\"status\":\"ok\"") && Catch::Contains("\"energy_budget\":") &&
                              Catch::Contains("\"nu_l_nu_erg_s\":["));
  Ended const csv = run(plain + "--format csv --redshift 0.031 --points 5");
  CHECK(csv.code == 0);
  CHECK_THAT(csv.output, Catch::Contains("# iterations = ") &&
                             Catch::Contains("nu_hz,nu_l_nu_erg_s,nu_f_nu_erg_cm2_s\n"));
}

TEST_CASE("sed ends with a code for each kind of failure and one line of reason") {
  CHECK(run("sed --delta 10").code == 2);
  CHECK(run(plain + "--format xml").code == 2);
  CHECK(run("").code == 2);
  Ended const bad = run("sed --delta 10 --R 1e16 --B 0 --p 2.2 --gamma_min 1e3 --gamma_max 1e6 --L_e 1e44");
  CHECK(bad.code == 65);
  CHECK_THAT(bad.output, Catch::StartsWith("bad_parameter: B = 0"));
  Ended const empty = run("sed --delta 10 --R 1e16 --B 1 --p 2.2 --gamma_min 1e5 --gamma_max 1e2 --L_e 1e44");
  CHECK(empty.code == 65);
  Ended const capped =
      run("sed --delta 20 --R 1e15 --B 0.05 --p 2.5 --gamma_min 300 --gamma_max 1e5 --L_e 3e46 "
          "--max_iterations 3");
  CHECK(capped.code == 1);
  CHECK_THAT(capped.output, Catch::StartsWith("not_converged: "));
  CHECK(std::count(capped.output.begin(), capped.output.end(), '\n') == 1);
}

TEST_CASE("emission writes the columns of its reference") {
  Ended const spectrum = run("emission --like \"" SSC_REFERENCES "/ref3_ecpl_isp.csv\"");
  CHECK(spectrum.code == 0);
  CHECK_THAT(
      spectrum.output,
      Catch::StartsWith("nu_obs_hz,nuFnu_sync_thin,nuFnu_ssc_thin,tau_ssa,nuFnu_sync_ssa,nuFnu_ssc_ssa\n"));
  CHECK(std::count(spectrum.output.begin(), spectrum.output.end(), '\n') == 102);
  Ended const cooled = run("emission --like \"" SSC_REFERENCES "/cool2_fast.csv\"");
  CHECK(cooled.code == 0);
  CHECK_THAT(cooled.output, Catch::StartsWith("gamma,n\n"));
  CHECK(run("emission --like missing.csv").code == 1);
}
