#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "like_reference.hpp"

using namespace ssc;

namespace {

/// Both above `low` and up to `high` times the peak of `size`; fails unless some points were compared.
void compare(std::vector<double> const& found, std::vector<double> const& expected,
             std::vector<double> const& size, double low, double high, double tolerance) {
  double const peak = *std::max_element(size.begin(), size.end());
  double worst = 0;
  int compared = 0;
  for (std::size_t k = 0; k < found.size(); ++k) {
    if (size[k] <= low * peak || size[k] > high * peak) continue;
    worst = std::max(worst, std::abs(found[k] / expected[k] - 1.0));
    ++compared;
  }
  CAPTURE(low, high, worst);
  CHECK(compared >= 4);
  CHECK(worst < tolerance);
}

}  // namespace

TEST_CASE("spectra of fixed electrons agree with public codes and exact absorption") {
  std::string const name = GENERATE("ref1_pl_dermer", "ref2_bpl_hsp", "ref3_ecpl_isp", "ref4_pl_ssa");
  CAPTURE(name);
  ReferenceFile const file = ReferenceFile::read(std::string(SSC_REFERENCES "/") + name + ".csv");
  auto const nu = file.column("nu_obs_hz");
  ObservedEmission const found = emission_like(file, nu, 100, 12);

  auto const sync_thin = file.column("nuFnu_sync_thin");
  compare(found.synchrotron_thin, sync_thin, sync_thin, 1e-4, 1, 0.01);
  auto const ssc_thin = file.column("nuFnu_ssc_thin");
  compare(found.ssc_thin, ssc_thin, ssc_thin, 1e-2, 1, 0.02);
  compare(found.ssc_thin, ssc_thin, ssc_thin, 1e-4, 1e-2, 0.05);
  auto const sync_absorbed = file.column("nuFnu_sync_ssa_exact");
  compare(found.tau, file.column("tau_ssa_exact"), sync_absorbed, 1e-6, 1, 0.02);
  compare(found.synchrotron, sync_absorbed, sync_absorbed, 1e-6, 1, 0.02);
  auto const ssc_absorbed = file.column("nuFnu_ssc_ssa_exact");
  compare(found.ssc, ssc_absorbed, ssc_absorbed, 1e-4, 1, 0.05);
}

TEST_CASE("a reference file says what is missing") {
  CHECK_THROWS_WITH(ReferenceFile::read(SSC_REFERENCES "/none.csv"), Catch::Contains("cannot be opened"));
  ReferenceFile const file = ReferenceFile::read(SSC_REFERENCES "/ref2_bpl_hsp.csv");
  CHECK(file.shape == Shape::broken_power_law);
  CHECK(file.value("gamma_b") == 180000);
  CHECK_THROWS_WITH(file.value("gamma_x"), Catch::Contains("gamma_x"));
  CHECK_THROWS_WITH(file.column("flux"), Catch::Contains("flux"));
}
