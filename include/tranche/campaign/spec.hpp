/// \file
/// A campaign as its user described it: campaign.yaml, checked, with defaults filled in.
/// Layer: campaign (pure). Plain data; `config` reads it, everything else only looks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tranche/base/errors.hpp"
#include "tranche/base/sample_state.hpp"
#include "tranche/campaign/cluster.hpp"
#include "tranche/campaign/command.hpp"
#include "tranche/campaign/train.hpp"

namespace tranche::campaign {

enum class Scale : std::uint8_t { linear, log };

struct RealRange {
  double lo = 0;
  double hi = 1;
  Scale scale = Scale::linear;
};

/// Whole numbers lo .. hi, both included.
struct IntegerRange {
  std::int64_t lo = 0;
  std::int64_t hi = 1;
};

/// Named levels; the simulator receives the position, from 0.
struct Levels {
  std::vector<std::string> names;
};

struct Parameter {
  std::string name;
  std::variant<RealRange, IntegerRange, Levels> domain;
  std::string unit = "1";
  std::optional<std::uint64_t> grid_points;  ///< `n` of a parameter, for design method grid only
  SourcePlace where;
};

struct Constant {
  std::string name;
  double value = 0;
  std::string unit = "1";
  SourcePlace where;
};

/// A number computed from those before it, passed to the simulator and stored.
struct Derived {
  std::string name;
  std::string expression;
  std::string unit = "1";
  SourcePlace where;
};

struct Constraint {
  std::string expression;
  SourcePlace where;
};

enum class DesignMethod : std::uint8_t { nested_lhs, random, grid, list };
enum class Visit : std::uint8_t { permuted, file };
enum class Rounding : std::uint8_t { up, down, nearest };

struct DesignSpec {
  DesignMethod method = DesignMethod::nested_lhs;
  std::uint64_t points = 0;  ///< as requested; grid and list: their own size
  std::uint64_t seed = 0;
  Visit order = Visit::permuted;     ///< grid and list
  Rounding rounding = Rounding::up;  ///< nested-lhs
  bool exact_count = false;          ///< nested-lhs: dispatch only `points`
  std::string list_file;             ///< list: as written, relative to the campaign
  std::vector<double> list_values;   ///< list: rows x parameters, row-major, checked against the domains
  SourcePlace where;
};

/// One comparison of a `require` gate, e.g. `fail_rate < 5%`.
struct Condition {
  enum class Relation : std::uint8_t { less, less_equal, greater, greater_equal };
  std::string metric;  ///< fail_rate, fail_rate_hi, ok, failed, invalid, core_hours, wall_mean_s, ...
  Relation relation = Relation::less;
  double value = 0;
  std::string text;  ///< as written
};

/// What must be true before the next stage may start.
struct GateSpec {
  enum class Kind : std::uint8_t { ask, pass, require };
  enum class Otherwise : std::uint8_t { ask, stop };
  Kind kind = Kind::ask;
  std::vector<Condition> conditions;     ///< require only; all must hold
  Otherwise otherwise = Otherwise::ask;  ///< require only
};

struct StageSpec {
  std::string name;
  double upto = 1;  ///< cumulative fraction of the points, ]0,1]
  GateSpec gate;
  SourcePlace where;
};

/// A number of attempts beyond the first, by how the last one ended.
struct RetrySpec {
  struct ForReason {
    SampleState state = SampleState::failed;  ///< failed, timeout or crashed
    std::string reason;
    std::uint8_t attempts = 0;
  };
  std::uint8_t failed = 0;
  std::uint8_t timeout = 0;
  std::uint8_t crashed = 1;
  std::vector<ForReason> reasons;  ///< each counts instead of its state's number

  /// Attempts that may follow one that ended so; 0 for ok and invalid.
  std::uint8_t after(SampleState state, std::string_view reason) const noexcept;
};

/// When a run ends by itself because too much fails (campaign/limits.hpp has the rules).
struct LimitSpec {
  std::optional<double> fail_rate;           ///< share, in ]0,1]
  std::uint64_t after = 100;                 ///< fail_rate counts once so many samples have finished
  std::optional<std::uint64_t> consecutive;  ///< failures in a row
};

struct BudgetSpec {
  std::optional<double> core_hours;  ///< over all stages and attempts
};

/// A shared library with the C ABI of tranche/plugin.h.
struct PluginSpec {
  std::string file;  ///< name or path as written
};

/// A program that stays and answers over stdin and stdout (docs/formats/worker.md).
struct WorkerSpec {
  std::vector<std::string> argv;   ///< as written: the program and its arguments
  std::vector<std::string> files;  ///< what else it consists of, as written
};

/// A Python function, called by a worker that tranche brings along.
struct PythonSpec {
  std::string module;                   ///< beside campaign.yaml, dots for packages
  std::string function;                 ///< in it; dots for what belongs to an object
  std::string interpreter = "python3";  ///< as written
  std::vector<std::string> files;       ///< what else it consists of, as written
};

/// The user's code, of one kind.
struct SimulatorSpec {
  std::variant<PluginSpec, CommandSpec, WorkerSpec, PythonSpec> kind;
  std::optional<double> timeout_s;            ///< none: no limit
  std::optional<std::uint64_t> memory_bytes;  ///< per slot
  SourcePlace where;
};

/// What people call it: the plug-in's file, the command's or the worker's line, `module:function`.
std::string label(const SimulatorSpec& simulator);

struct Axis {
  std::string name;
  std::string unit = "1";
  std::vector<double> values;  ///< ascending, both ends included
  SourcePlace where;
};

enum class Transform : std::uint8_t { none, log10 };
enum class StoredType : std::uint8_t { float32, float64 };

struct Output {
  std::string name;
  std::string unit = "1";
  std::vector<std::uint32_t> axes;  ///< positions in CampaignSpec::axes, slowest first
  std::uint64_t size = 1;           ///< product of the axis lengths
  Transform transform = Transform::none;
  double floor = 0;  ///< log10: smaller values are stored as log10(floor); > 0
  StoredType type = StoredType::float32;
  bool check_finite = true;
  bool check_nonnegative = false;
  std::optional<ReadSpec> read;  ///< of a command
  SourcePlace where;
};

struct Resources {
  std::optional<std::uint32_t> slots;  ///< none: one per core the agent may use
  std::uint32_t threads = 1;           ///< per slot, or of each rank
  std::uint32_t ranks = 1;             ///< of an MPI program, per slot

  /// Cores that one slot takes.
  std::uint32_t cores() const noexcept { return threads * ranks; }
};

enum class WriteMode : std::uint8_t { independent, collective };

struct StoreSpec {
  double epoch_s = 10;
  WriteMode write = WriteMode::independent;
};

struct CampaignSpec {
  int schema = 1;
  std::string name;
  std::vector<Parameter> parameters;
  std::vector<Constant> constants;
  std::vector<Derived> derived;
  std::vector<Constraint> constraints;
  DesignSpec design;
  std::vector<StageSpec> stages;  ///< ascending in `upto`; the last is 1
  SimulatorSpec simulator;
  RetrySpec retries;
  LimitSpec limits;
  BudgetSpec budget;
  std::vector<Axis> axes;
  std::vector<Output> outputs;
  std::vector<std::string> meta;
  std::vector<ReadSpec> meta_reads;  ///< of a command: one for each
  Resources resources;
  StoreSpec store;
  ClusterSpec cluster;
  TrainSpec train;
  std::string source_text;    ///< campaign.yaml, verbatim: goes into every store file
  std::string source_digest;  ///< digest128 of what decides the data (order, ranges, seed, outputs, ...)
};

}  // namespace tranche::campaign
