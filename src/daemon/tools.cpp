#include "tools.hpp"

#include <nlohmann/json.hpp>

#include "cores.hpp"
#include "doctor.hpp"
#include "store_bench.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/directory/outcome.hpp"
#include "tranche/slurm/allocation.hpp"

namespace tranche::daemon {
namespace {

std::string doctor_report(comm::MpiEnv& mpi, const DaemonOptions& options) {
  const auto allocation = slurm::read_allocation();
  const auto nodes = allocation ? allocation->nodes.size() : 0;
  const auto cores = usable_cores();
  const auto slots = slots_of_rank(options.slots, {}, options.slot_cores, cores);
  const auto checks = examine(mpi.world(), {options.campaign, slots, options.slot_cores, cores, nodes});
  return nlohmann::ordered_json{{"world", mpi.size()},
                                {"checks", nlohmann::ordered_json::parse(inspect::to_json_text(checks))}}
      .dump();
}

}  // namespace

void run_tool(comm::MpiEnv& mpi, const DaemonOptions& options) {
  std::string report;
  if (options.tool == "doctor")
    report = doctor_report(mpi, options);
  else if (options.tool == "store-bench")
    report = bench_store(mpi.world(), options.campaign);
  else
    throw Failure{ExitCode::usage, "there is no tool `" + options.tool + "`"};
  if (mpi.rank() == 0) directory::write_outcome(options.outcome, {ExitCode::done, report, ""});
}

}  // namespace tranche::daemon
