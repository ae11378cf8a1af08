#include "doctor.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <set>
#include <thread>

#include "gather.hpp"
#include "store_bench.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/directory/files.hpp"
#include "tranche/store/stage_file.hpp"
#include "tranche/store/stage_reader.hpp"

namespace tranche::daemon {
namespace {

namespace fs = std::filesystem;
using inspect::Fitness;
using inspect::FitnessCheck;

constexpr double visible_within_s = 10;  ///< attribute caches of network file systems: a few seconds
constexpr std::size_t bytes_each = 4096;
constexpr int renames = 100;
constexpr double clock_tolerance_s = 1;
constexpr std::uint64_t files_per_slot = 8;
constexpr std::uint64_t files_besides = 64;

[[noreturn]] void fail(const std::string& operation) {
  throw IoError{operation + ": " + std::strerror(errno)};
}

class File {
 public:
  File(const fs::path& path, int flags) : number_{::open(path.c_str(), flags | O_CLOEXEC, 0666)} {
    if (number_ < 0) fail("open " + path.filename().string());
  }
  ~File() { ::close(number_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const noexcept { return number_; }

 private:
  int number_;
};

/// What went wrong, or nothing.
template <class Operation>
std::string error_of(Operation&& operation) {
  try {
    operation();
    return {};
  } catch (const Failure& error) {
    return error.what();
  }
}

/// On rank 0: the first rank's complaint decides.
FitnessCheck judged(const std::string& name, const std::vector<std::string>& errors, std::string fine,
                    std::string advice) {
  for (std::size_t rank = 0; rank < errors.size(); ++rank)
    if (!errors[rank].empty())
      return {name, Fitness::fail, "rank " + std::to_string(rank) + ": " + errors[rank], std::move(advice)};
  return {name, Fitness::ok, std::move(fine), {}};
}

std::string counted(std::size_t number, const char* what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

/// In a job of Slurm each node has its rank.
FitnessCheck check_world(MPI_Comm comm, std::size_t nodes) {
  const auto hosts = gather(comm, directory::host_name());
  const std::set<std::string> different(hosts.begin(), hosts.end());
  const auto text = counted(hosts.size(), "rank") + " on " + counted(different.size(), "host");
  if (different.size() >= nodes || hosts.empty()) return {"world", Fitness::ok, text + " form one world", {}};
  const auto shown = text + ", and the job has " + counted(nodes, "node");
  if (hosts.size() < nodes)
    return {"world", Fitness::warn, shown + ": the others would be idle",
            "without -n each node gets its rank"};
  return {"world", Fitness::fail, shown + ": the ranks were not spread",
          "does mpirun know of Slurm here? cluster: {launcher: srun} is the other way to start ranks"};
}

FitnessCheck check_shared(MPI_Comm comm, const fs::path& folder) {
  const auto name = [&](int rank) { return folder / ("rank-" + std::to_string(rank)); };
  const auto words = [](int rank) { return "written by rank " + std::to_string(rank); };
  auto error = error_of([&] {
    directory::write_atomically(name(rank_in(comm)), words(rank_in(comm)), directory::Durability::fsynced);
  });
  MPI_Barrier(comm);
  const auto begin = std::chrono::steady_clock::now();
  const auto waited = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  for (int rank = 0; rank < size_of(comm) && error.empty(); ++rank) {
    error = error_of([&] {
      while (directory::read_file(name(rank)) != words(rank)) {
        if (waited() > visible_within_s)
          throw IoError{"does not see the file of rank " + std::to_string(rank)};
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
      }
    });
  }
  const auto delays = gather(comm, waited());
  const auto errors = gather(comm, error);
  const double longest = *std::max_element(delays.begin(), delays.end());
  return judged("shared directory", errors,
                "every rank sees the files of all others" +
                    (longest > 0.5 ? " after " + format_duration(longest) : std::string{}),
                "put the campaign on a file system that all nodes share");
}

/// Byte k of the file belongs to rank k modulo the number of ranks: the worst neighbours there can be.
FitnessCheck check_interleaved(MPI_Comm comm, const fs::path& folder) {
  const auto size = static_cast<std::size_t>(size_of(comm));
  const auto rank = static_cast<std::size_t>(rank_in(comm));
  const auto path = folder / "interleaved";
  const auto value = [&](std::size_t at) { return static_cast<char>(1 + (at * 31 + at % size) % 255); };
  auto error = error_of([&] {
    const File file{path, O_RDWR | O_CREAT};
    for (std::size_t at = rank; at < size * bytes_each; at += size) {
      const char byte = value(at);
      if (::pwrite(file.get(), &byte, 1, static_cast<off_t>(at)) != 1) fail("write a byte");
    }
    if (::fsync(file.get()) != 0) fail("fsync");
  });
  MPI_Barrier(comm);
  if (error.empty())
    error = error_of([&] {
      const File file{path, O_RDONLY};
      std::string bytes(size * bytes_each, '\0');
      if (::pread(file.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        throw IoError{"the file is short"};
      std::size_t wrong = 0;
      for (std::size_t at = 0; at < bytes.size(); ++at) wrong += bytes[at] != value(at) ? 1 : 0;
      if (wrong > 0) throw IoError{counted(wrong, "byte") + " of " + std::to_string(bytes.size()) + " wrong"};
    });
  return judged("parallel writes", gather(comm, error),
                size == 1 ? "read back right (one rank: tranche doctor -n 2 lets two write side by side)"
                          : "bytes of " + std::to_string(size) + " ranks side by side are read back right",
                "this file system does not keep parallel writes apart: use one rank, or another file system");
}

std::byte store_value(std::size_t row) {
  return static_cast<std::byte>(0x30 + row % 16);
}

/// Rank 0 made the file; each rank writes its row, and rank 0 reads all of them back.
std::string use_store(MPI_Comm comm, const std::string& folder, const store::StageLayout& layout) {
  std::optional<store::StageFile> file;
  auto error = error_of([&] { file.emplace(store::StageFile::open(comm, folder, layout)); });
  if (!file) return error;  // on all ranks
  const auto rank = static_cast<std::size_t>(rank_in(comm));
  store::RowTiles rows{store::row_field_bytes(layout.spec)};
  const std::vector<std::byte> row(rows.row_bytes(), store_value(rank));
  rows.add(rank, row);
  error = error_of([&] { file->write_rows(rows); });
  const auto flushed = error_of([&] { file->flush(); });
  const auto closed = error_of([&] { file->close(); });
  for (const auto& more : {flushed, closed})
    if (error.empty()) error = more;
  MPI_Barrier(comm);
  if (rank != 0 || !error.empty()) return error;
  return error_of([&] {
    const auto reader = store::StageReader::open(folder, layout);
    auto bytes = row;
    for (std::size_t each = 0; each < static_cast<std::size_t>(size_of(comm)); ++each) {
      reader.read_output(0, {each, each + 1}, bytes);
      if (!std::all_of(bytes.begin(), bytes.end(), [&](auto byte) { return byte == store_value(each); }))
        throw IoError{"the row of rank " + std::to_string(each) + " is not what it wrote"};
    }
  });
}

/// As a run does it: one HDF5 file, open on all ranks at once.
FitnessCheck check_store(MPI_Comm comm, const fs::path& folder) {
  const auto layout = trial_layout(static_cast<std::uint64_t>(size_of(comm)), bytes_each / sizeof(float));
  std::string error;
  if (rank_in(comm) == 0)
    error = error_of([&] {
      directory::make_folder(folder / "store");
      store::create_stage_file(folder.string(), layout, [](SampleIndex, std::span<double> x) {
        std::fill(x.begin(), x.end(), 0.5);
        return false;
      });
    });
  int made = error.empty() ? 1 : 0;
  MPI_Bcast(&made, 1, MPI_INT, 0, comm);
  if (made == 1) error = use_store(comm, folder.string(), layout);
  return judged("parallel store", gather(comm, error),
                size_of(comm) == 1 ? "an HDF5 file is written and read back right"
                                   : "an HDF5 file, open on all ranks, is written and read back right",
                "parallel HDF5 does not work here: try another file system, or one rank (tranche run -n 1)");
}

/// Rank 0 holds a lock; the others must not get it.
FitnessCheck check_locks(MPI_Comm comm, const fs::path& folder) {
  const auto path = folder / "lock";
  const auto lock = [](const File& file) {
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    return ::fcntl(file.get(), F_SETLK, &range) == 0;
  };
  std::optional<File> held;
  std::string error;
  if (rank_in(comm) == 0)
    error = error_of([&] {
      held.emplace(path, O_RDWR | O_CREAT);
      if (!lock(*held)) fail("lock a file");
    });
  MPI_Barrier(comm);
  if (rank_in(comm) != 0)
    error = error_of([&] {
      const File file{path, O_RDWR};
      if (lock(file)) throw IoError{"got a lock that rank 0 holds"};
      if (errno != EAGAIN && errno != EACCES) fail("ask for a lock");
    });
  MPI_Barrier(comm);
  return judged("locks", gather(comm, error),
                size_of(comm) == 1 ? "a file can be locked" : "a lock of one rank keeps the others out",
                "mount with locks (NFS: not nolock; Lustre: flock), or use another file system");
}

/// All ranks link to one name: exactly one may succeed.
FitnessCheck check_link(MPI_Comm comm, const fs::path& folder) {
  const auto mine = folder / ("link-" + std::to_string(rank_in(comm)));
  int won = 0;
  auto error = error_of([&] { directory::write_atomically(mine, "x", directory::Durability::rename_only); });
  MPI_Barrier(comm);
  if (error.empty())
    error = error_of([&] {
      if (::link(mine.c_str(), (folder / "one").c_str()) == 0)
        won = 1;
      else if (errno != EEXIST)
        fail("link");
    });
  int winners = 0;
  MPI_Reduce(&won, &winners, 1, MPI_INT, MPI_SUM, 0, comm);
  auto check = judged("link", gather(comm, error), "of all ranks exactly one makes a name",
                      "hard links are needed for the owner file: use another file system");
  if (check.fitness == Fitness::ok && winners != 1 && rank_in(comm) == 0)
    check = {"link", Fitness::fail,
             counted(static_cast<std::size_t>(winners), "rank") + " made the same name",
             "two runs could own one campaign here: use another file system"};
  return check;
}

/// Rank 0 replaces a file again and again; whoever reads sees one whole version.
FitnessCheck check_rename(MPI_Comm comm, const fs::path& folder) {
  const auto path = folder / "renamed";
  const auto text = [](int version) { return std::string(10'000, static_cast<char>('a' + version % 26)); };
  std::string error;
  if (rank_in(comm) == 0)
    error = error_of([&] { directory::write_atomically(path, text(0), directory::Durability::rename_only); });
  MPI_Barrier(comm);
  for (int turn = 0; turn < renames && error.empty(); ++turn)
    error = error_of([&] {
      if (rank_in(comm) == 0)
        return directory::write_atomically(path, text(turn), directory::Durability::rename_only);
      const auto seen = directory::read_file(path);
      if (!seen) throw IoError{"the file was gone for a moment"};
      if (seen->size() != 10'000 || seen->find_first_not_of(seen->front()) != std::string::npos)
        throw IoError{"half of a file was seen"};
    });
  MPI_Barrier(comm);
  return judged("rename", gather(comm, error), "a file is replaced at once",
                "status files may be read half: use another file system");
}

/// Offset of every clock to rank 0's, by the middle of a round trip.
FitnessCheck check_clocks(MPI_Comm comm) {
  constexpr int tag = 7;
  double largest = 0;
  for (int rank = 1; rank < size_of(comm); ++rank) {
    double theirs = 0;
    if (rank_in(comm) == 0) {
      const double sent = directory::unix_now();
      MPI_Send(&theirs, 1, MPI_DOUBLE, rank, tag, comm);
      MPI_Recv(&theirs, 1, MPI_DOUBLE, rank, tag, comm, MPI_STATUS_IGNORE);
      largest = std::max(largest, std::abs(theirs - (sent + directory::unix_now()) / 2));
    } else if (rank_in(comm) == rank) {
      MPI_Recv(&theirs, 1, MPI_DOUBLE, 0, tag, comm, MPI_STATUS_IGNORE);
      theirs = directory::unix_now();
      MPI_Send(&theirs, 1, MPI_DOUBLE, 0, tag, comm);
    }
  }
  if (size_of(comm) == 1) return {"clocks", Fitness::ok, "one rank: nothing to compare", {}};
  if (largest <= clock_tolerance_s)
    return {"clocks", Fitness::ok, "differ by " + format_duration(largest) + " at most", {}};
  return {"clocks", Fitness::warn, "differ by " + format_duration(largest),
          "times of runs on different nodes cannot be compared: ask for NTP"};
}

FitnessCheck check_cores(MPI_Comm comm, const DoctorQuestion& question) {
  const auto cores = gather(comm, static_cast<double>(question.cores));
  const auto wanted = gather(comm, static_cast<double>(question.slots));
  const auto each =
      question.slot_cores > 1 ? " of " + std::to_string(question.slot_cores) + " cores each" : std::string{};
  double all_cores = 0;
  double all_slots = 0;
  for (std::size_t rank = 0; rank < cores.size(); ++rank) {
    all_cores += cores[rank];
    all_slots += wanted[rank];
    if (wanted[rank] * question.slot_cores > cores[rank])
      return {"cores", Fitness::warn,
              "rank " + std::to_string(rank) + " has " +
                  counted(static_cast<std::size_t>(cores[rank]), "core") + " for " +
                  counted(static_cast<std::size_t>(wanted[rank]), "slot") + each,
              "give each rank its node (--cpus-per-task, --bind-to none), or fewer slots: -j"};
  }
  return {"cores",
          Fitness::ok,
          counted(static_cast<std::size_t>(all_slots), "slot") + each + " on " +
              counted(static_cast<std::size_t>(all_cores), "core"),
          {}};
}

std::string scratch_folder() {
  const char* value = std::getenv("TMPDIR");
  return value == nullptr || *value == '\0' ? "/tmp" : value;
}

/// Node-local folders a run needs: writable, and not full.
FitnessCheck check_scratch(MPI_Comm comm) {
  constexpr double least_free = 100e6;
  const auto error = error_of([&] {
    for (const auto& folder : {scratch_folder(), std::string{"/dev/shm"}}) {
      if (::access(folder.c_str(), W_OK | X_OK) != 0) fail(folder);
      struct statvfs facts {};
      if (::statvfs(folder.c_str(), &facts) != 0) fail(folder);
      const double free = static_cast<double>(facts.f_bavail) * static_cast<double>(facts.f_frsize);
      if (free < least_free) throw IoError{folder + " has only " + format_size(free) + " left"};
    }
  });
  return judged("scratch", gather(comm, error), scratch_folder() + " and /dev/shm can be written",
                "set TMPDIR to a node-local folder with room");
}

std::string limit_text(rlim_t limit) {
  return limit == RLIM_INFINITY ? "no limit" : std::to_string(limit);
}

FitnessCheck check_limits(MPI_Comm comm, const DoctorQuestion& question) {
  const auto slots = std::uint64_t{question.slots};
  rlimit files{};
  rlimit processes{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  ::getrlimit(RLIMIT_NPROC, &processes);
  const auto error = error_of([&] {
    const auto needed = files_besides + files_per_slot * slots;
    if (files.rlim_cur < needed)
      throw IoError{"open files: " + limit_text(files.rlim_cur) + ", about " + std::to_string(needed) +
                    " are needed"};
    if (processes.rlim_cur < 2 * slots + 16)
      throw IoError{"processes: " + limit_text(processes.rlim_cur) + " for " + std::to_string(slots) +
                    " slots"};
  });
  return judged("limits", gather(comm, error),
                "open files " + limit_text(files.rlim_cur) + ", processes " + limit_text(processes.rlim_cur),
                "raise them: ulimit -n 4096; ulimit -u 4096");
}

FitnessCheck check_mpi() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string all{text.data(), static_cast<std::size_t>(length)};
  return {"MPI", Fitness::ok, all.substr(0, all.find(',')), {}};
}

}  // namespace

std::vector<FitnessCheck> examine(MPI_Comm comm, const DoctorQuestion& question) {
  std::vector<FitnessCheck> checks{check_world(comm, question.nodes),
                                   check_mpi(),
                                   check_shared(comm, question.folder),
                                   check_interleaved(comm, question.folder),
                                   check_store(comm, question.folder),
                                   check_locks(comm, question.folder),
                                   check_link(comm, question.folder),
                                   check_rename(comm, question.folder),
                                   check_clocks(comm),
                                   check_cores(comm, question),
                                   check_scratch(comm),
                                   check_limits(comm, question)};
  if (rank_in(comm) != 0) checks.clear();
  return checks;
}

}  // namespace tranche::daemon
