/// \file
/// The subcommands about this machine and this program, not about one campaign.
/// Layer: application (cli). As commands.hpp.
#pragma once

#include <cstdint>
#include <string>

#include "context.hpp"

namespace CLI {
class App;
}

namespace tranche::cli {

struct DoctorOptions {
  int ranks = 0;            ///< 0: as a run would have
  std::uint32_t slots = 0;  ///< per rank; 0: as a run would have
};
void register_doctor(CLI::App& app, Context& context);
int run_doctor(const DoctorOptions& options, Context& context);

struct BenchOptions {
  std::string what = "all";  ///< dispatch, ledger, store, design or all
  std::uint64_t samples = 500'000;
  std::uint32_t slots = 0;  ///< 0: as a run would have
};
void register_bench(CLI::App& app, Context& context);
int run_bench(const BenchOptions& options, Context& context);

void register_completion(CLI::App& app, Context& context);

}  // namespace tranche::cli
