#include "machine_checks.hpp"

#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "design_view.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/base/version.hpp"
#include "tranche/campaign/kind_name.hpp"
#include "tranche/directory/quota.hpp"
#include "tranche/directory/scratch_folder.hpp"
#include "tranche/ledger/ledger.hpp"
#include "tranche/ledger/library.hpp"
#include "tranche/simulate/simulator_files.hpp"
#include "tranche/simulate/simulator_host.hpp"
#include "tranche/store/library.hpp"

namespace tranche::cli {
namespace {

using inspect::Fitness;
using inspect::FitnessCheck;

constexpr double ledger_bytes_per_run = 65;

struct FileSystem {
  std::uint32_t magic;
  const char* name;
  Fitness fitness;
  const char* advice;
};

constexpr std::array<FileSystem, 16> file_systems{{
    {0x0000EF53, "ext4", Fitness::ok, ""},
    {0x58465342, "xfs", Fitness::ok, ""},
    {0x2FC12FC1, "zfs", Fitness::ok, ""},
    {0x9123683E, "btrfs", Fitness::warn,
     "copy on write fragments large files: chattr +C store before the first run"},
    {0x01021994, "tmpfs", Fitness::warn, "it is memory: gone with the machine, and not shared between nodes"},
    {0x858458F6, "ramfs", Fitness::warn, "it is memory: gone with the machine, and not shared between nodes"},
    {0x794C7630, "overlay", Fitness::warn,
     "a container's own layer is gone with the container: use a mounted folder"},
    {0x00006969, "nfs", Fitness::warn,
     "keep its locks (not nolock) and mount it hard; a parallel file system is faster with many ranks"},
    {0x0BD00BD0, "lustre", Fitness::ok,
     "stripe the folder before the first run: lfs setstripe -c -1 store; the mount needs flock"},
    {0x47504653, "gpfs", Fitness::ok, ""},
    {0x19830326, "beegfs", Fitness::ok, "locks between nodes need tuneUseGlobalFileLocks"},
    {0x00C36400, "ceph", Fitness::ok, ""},
    {0x65735546, "fuse", Fitness::warn,
     "locks and rename depend on the program behind it: see the checks below"},
    {0x01021997, "9p", Fitness::warn, "locks and rename may not hold here: see the checks below"},
    {0xFF534D42, "cifs", Fitness::warn, "locks and rename may not hold here: see the checks below"},
    {0xFE534D42, "smb2", Fitness::warn, "locks and rename may not hold here: see the checks below"},
}};

double free_bytes(const std::filesystem::path& folder) {
  struct statvfs facts {};
  if (::statvfs(folder.c_str(), &facts) != 0)
    throw IoError{"statvfs " + folder.string() + ": " + std::strerror(errno)};
  return static_cast<double>(facts.f_bavail) * static_cast<double>(facts.f_frsize);
}

/// What may still be written to a folder: the file system's free space, or less by a quota.
struct Room {
  double bytes = 0;
  std::string text;
  bool quota = false;  ///< there is one
};

Room room_in(const std::filesystem::path& folder) {
  Room room{free_bytes(folder), {}, false};
  room.text = format_size(room.bytes) + " free";
  const auto quota = directory::quota_of(folder);
  if (!quota) return room;
  const auto left = static_cast<double>(quota->left_bytes());
  room.text += ", " + format_size(left) + " left of the " + quota->whose + "'s quota of " +
               format_size(static_cast<double>(quota->limit_bytes));
  room.bytes = std::min(room.bytes, left);
  room.quota = true;
  return room;
}

/// What the other process of check_ledger_locks finds: 0 kept out, 1 let in, 2 something else.
[[noreturn]] void try_to_read(const std::string& path) {
  int found = 1;
  try {
    const auto reader = ledger::Ledger::open_to_read(path, std::chrono::milliseconds{50});
    (void)reader.last_epoch();
  } catch (const Failure& failure) {
    found = failure.code() == ExitCode::owned ? 0 : 2;
  }
  ::_exit(found);
}

/// The first line a program prints; empty if it cannot be run.
std::string first_line_of(const char* command) {
  std::array<char, 256> line{};
  auto* pipe = ::popen(command, "r");
  if (pipe == nullptr) return {};
  const bool any = std::fgets(line.data(), line.size(), pipe) != nullptr;
  ::pclose(pipe);
  std::string text = any ? line.data() : "";
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

FitnessCheck check_file_system(const std::filesystem::path& folder) {
  struct statfs facts {};
  if (::statfs(folder.c_str(), &facts) != 0)
    return {"file system", Fitness::fail, folder.string() + ": " + std::strerror(errno), ""};
  const auto magic = static_cast<std::uint32_t>(facts.f_type);
  const auto known = std::find_if(file_systems.begin(), file_systems.end(),
                                  [&](const auto& each) { return each.magic == magic; });
  if (known != file_systems.end()) return {"file system", known->fitness, known->name, known->advice};
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%08x", magic);
  return {"file system", Fitness::warn, std::string{"of a kind not known here: "} + text.data(),
          "see the checks below"};
}

FitnessCheck check_ledger_locks(const std::filesystem::path& folder) {
  const auto path = (folder / "doctor.sqlite").string();
  try {
    auto owner = ledger::Ledger::open(path, "doctor");
    owner.set_fact("doctor", "was here");
    const auto reader = ::fork();
    if (reader == 0) try_to_read(path);
    int status = 0;
    if (reader < 0 || ::waitpid(reader, &status, 0) != reader)
      return {"SQLite", Fitness::fail, std::string{"fork: "} + std::strerror(errno), ""};
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
      return {"SQLite", Fitness::ok, "a ledger can be written, and its owner keeps others out", {}};
    return {"SQLite", Fitness::fail, "another process was not kept out of the ledger",
            "locks do not work here: mount with locks, or use another file system"};
  } catch (const Failure& failure) {
    return {"SQLite", Fitness::fail, failure.what(),
            "locks or syncs do not work here: use another file system"};
  }
}

FitnessCheck check_space(const inspect::CampaignView& view) {
  const auto facts = survey(view);
  double all = static_cast<double>(view.plan.points()) * ledger_bytes_per_run;
  double next = 0;
  std::string next_stage;
  for (const auto& stage : view.plan.stages()) {
    const auto file = view.paths.store() / ("r1.s" + std::to_string(stage.key.stage) + ".h5");
    if (std::filesystem::exists(file)) continue;
    const auto bytes = facts.stages[stage.key.stage - 1u].store_bytes;
    if (next_stage.empty()) {
      next = bytes;
      next_stage = stage.name;
    }
    all += bytes;
  }
  const auto room = room_in(view.paths.root());
  if (next > room.bytes)
    return {"space", Fitness::fail, room.text + ", stage " + next_stage + " needs " + format_size(next),
            "make room"};
  if (all > room.bytes)
    return {"space", Fitness::warn, room.text + ", all stages need " + format_size(all),
            "make room before the last stages, or export and thin the outputs"};
  return {"space",
          Fitness::ok,
          room.text + ", all stages need " + format_size(all) +
              (room.quota ? "" : " (no quota shows here; your site may have a tool of its own for that)"),
          {}};
}

namespace {

/// What a host that has started shows of a kind of simulator.
const char* started_text(const campaign::SimulatorSpec& simulator) {
  if (std::holds_alternative<campaign::PluginSpec>(simulator.kind)) return " loads and opens";
  if (std::holds_alternative<campaign::CommandSpec>(simulator.kind))
    return " is there, with its templates and files; `tranche try` runs it";
  return " comes up and answers the greeting";
}

}  // namespace

FitnessCheck check_simulator(const inspect::CampaignView& view) {
  const auto kind = campaign::kind_name(view.spec.simulator);
  const auto root = view.paths.root().string();
  try {
    const directory::ScratchFolder scratch;
    simulate::HostOptions options;
    options.campaign_dir = root;
    options.simulator = simulate::require_simulator(root, view.spec.simulator);
    options.scratch_dir = scratch.path();
    const auto& space = view.space;
    simulate::SimulatorHost host{
        view.spec,
        {[&space](SampleIndex index, std::span<double> x) { space.evaluate(index, x); },
         [&space](SampleIndex index) { return space.design().seed_of(index); }},
        options};
    host.start();
    host.stop(5);
    return {kind, Fitness::ok, campaign::label(view.spec.simulator) + started_text(view.spec.simulator), {}};
  } catch (const Failure& failure) {
    return {kind, Fitness::fail, failure.what(), failure.fix()};
  } catch (const ConfigError& error) {
    return {kind, Fitness::fail, error.problems().front().what, error.problems().front().fix};
  }
}

FitnessCheck check_launcher(int ranks, campaign::Launcher launcher) {
  if (ranks == 1) return {"launcher", Fitness::ok, "one rank needs none", {}};
  if (launcher == campaign::Launcher::srun) {
    const auto line = first_line_of("srun --version 2>/dev/null");
    if (!line.empty()) return {"launcher", Fitness::ok, "srun (" + line + ")", {}};
    return {"launcher", Fitness::fail, "srun is not in PATH", "load Slurm's module, or launcher: mpirun"};
  }
  const auto line = first_line_of("mpirun --version 2>/dev/null");
  if (!line.empty()) return {"launcher", Fitness::ok, line, {}};
  return {"launcher", Fitness::fail, "mpirun is not in PATH", "load the MPI module, or use one rank"};
}

FitnessCheck check_versions() {
  return {"versions",
          Fitness::ok,
          "tranche " + std::string{version()} + ", " + store::library_version() + ", " +
              ledger::library_version(),
          {}};
}

}  // namespace tranche::cli
