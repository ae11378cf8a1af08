/// \file
/// The subcommands: each binds its options (register_x) and does its work (run_x, called from tests too).
/// Layer: application (cli). run_x returns the exit code and throws what report_current_exception knows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "context.hpp"

namespace CLI {
class App;
}

namespace tranche::cli {

struct InitOptions {
  std::string name;
  std::string example;       ///< empty: the starter campaign
  std::string plugin;        ///< empty: the example's own
  std::string python;        ///< MODULE:FUNCTION; empty: none
  std::string command;       ///< empty: not a program
  std::uint64_t points = 0;  ///< 0: the example's own
};
void register_init(CLI::App& app, Context& context);
int run_init(const InitOptions& options, Context& context);

struct WorkerOptions {
  std::string action;  ///< test
};
void register_worker(CLI::App& app, Context& context);
int run_worker(const WorkerOptions& options, Context& context);

void register_check(CLI::App& app, Context& context);
int run_check(Context& context);

struct TryOptions {
  std::uint64_t points = 5;
  std::vector<std::uint64_t> indices;
  std::vector<std::string> at;  ///< NAME=VALUE
  std::uint32_t repeat = 1;
  std::vector<std::string> with;  ///< NAME=VALUE: constants of a command
  bool keep = false;              ///< what the runs leave
};
void register_try(CLI::App& app, Context& context);
int run_try(const TryOptions& options, Context& context);

struct RunOptions {
  std::string until;  ///< name or number; empty: to the end or the next gate
  std::string stage;
  int ranks = 0;            ///< 0: one on each node of a job, else one
  std::uint32_t slots = 0;  ///< per rank; 0: decided by the rank
  bool takeover = false;    ///< replace an owner on another host that has gone silent
  bool resume = false;      ///< lift a pause
  bool job = false;         ///< in a job script: a gate is no failure
  std::string time;         ///< duration until the run is ended from outside; empty: not told
};
void register_run(CLI::App& app, Context& context);
int run_run(const RunOptions& options, Context& context);

struct SubmitOptions {
  std::string until;  ///< as RunOptions
  std::string stage;
  std::optional<std::uint32_t> nodes;  ///< instead of campaign.yaml's
  std::string time;                    ///< duration; empty: campaign.yaml's
  std::optional<std::uint32_t> chain;
  std::string job_template;  ///< file; empty: campaign.yaml's, the environment's, tranche's own
  bool dry_run = false;
};
void register_submit(CLI::App& app, Context& context);
int run_submit(const SubmitOptions& options, Context& context);

struct StatusOptions {
  bool watch = false;
  bool exit_code = false;
};
void register_status(CLI::App& app, Context& context);
int run_status(const StatusOptions& options, Context& context);

struct StopOptions {
  bool wait = false;  ///< until the run has ended
};
void register_stop(CLI::App& app, Context& context);
int run_stop(const StopOptions& options, Context& context);

void register_pause(CLI::App& app, Context& context);
int run_pause(const StopOptions& options, Context& context);

struct ApproveOptions {
  std::string stage;  ///< name or number
};
void register_approve(CLI::App& app, Context& context);
int run_approve(const ApproveOptions& options, Context& context);

struct RetryOptions {
  std::string state;  ///< empty: all that failed
  std::optional<std::string> reason;
  std::string stage;  ///< name or number; empty: all
  std::optional<std::uint64_t> index;
  std::string timeout;            ///< as typed; empty: that of the campaign
  std::vector<std::string> with;  ///< NAME=VALUE
  bool dry_run = false;
};
void register_retry(CLI::App& app, Context& context);
int run_retry(const RetryOptions& options, Context& context);

struct FailuresOptions {
  std::string stage;  ///< name or number; empty: all
};
void register_failures(CLI::App& app, Context& context);
int run_failures(const FailuresOptions& options, Context& context);

struct ShowOptions {
  std::string sample;  ///< `I` or `rN:I`
};
void register_show(CLI::App& app, Context& context);
int run_show(const ShowOptions& options, Context& context);

void register_verify(CLI::App& app, Context& context);
/// `unreadable`: inspect::verify.
int run_verify(Context& context, const std::map<std::string, std::string>& unreadable = {});

struct TrainOptions {
  std::string name;                ///< empty: the next free one
  std::vector<std::string> set;    ///< KEY=VALUE
  std::vector<std::string> sweep;  ///< KEY=VALUE,VALUE
  std::optional<std::uint64_t> trials;
  std::string minutes;
  std::string preset;
  std::string stage;
  std::string output;
  std::optional<std::uint64_t> ensemble;
  std::string select;
  bool curve = false;
  std::uint32_t slots = 0;  ///< trainings at a time; 0: one a core
  std::uint32_t ranks = 1;  ///< that train one model together
  bool prepare = false;     ///< only write the campaign that trains
  bool resume = false;      ///< as it was written
};
void register_train(CLI::App& app, Context& context);
int run_train(const TrainOptions& options, Context& context);

struct ModelsOptions {
  std::string name;  ///< empty: all
  std::string sort;
  std::string select;  ///< chooses again
  std::optional<std::uint64_t> ensemble;
};
void register_models(CLI::App& app, Context& context);
int run_models(const ModelsOptions& options, Context& context);

struct PredictOptions {
  std::vector<std::string> words;  ///< a model (the first without `=`), then NAME=VALUE or NAME=FORMULA
  std::string points;              ///< CSV file, `-`: standard input; empty: one point
  std::string out;                 ///< .csv, .npy or .h5; empty: stdout
  std::optional<std::uint64_t> index;
  bool csv = false;
  bool linear = false;
};
void register_predict(CLI::App& app, Context& context);
int run_predict(const PredictOptions& options, Context& context);

struct ExportOptions {
  std::string format = "hdf5";
  std::string file;   ///< empty: named after campaign and format
  std::string stage;  ///< empty: all
};
void register_export(CLI::App& app, Context& context);
int run_export(const ExportOptions& options, Context& context);

}  // namespace tranche::cli
