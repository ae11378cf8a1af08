// tranche verify: ledger against store against design, everything recomputed.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <ostream>

#include "ask.hpp"
#include "commands.hpp"
#include "guarded.hpp"
#include "json_output.hpp"
#include "records.hpp"
#include "tranche/base/text.hpp"
#include "tranche/inspect/text_table.hpp"
#include "tranche/inspect/verify.hpp"

namespace tranche::cli {
namespace {

/// One line on a terminal, rewritten a few times a second.
class ProgressLine {
 public:
  explicit ProgressLine(const Context& context)
      : context_{context}, shown_{context.err_is_terminal && !context.options.quiet} {}
  ~ProgressLine() {
    if (drawn_) context_.err << "\r\x1b[K" << std::flush;
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void operator()(const inspect::VerifyProgress& at) {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now - last_ < std::chrono::milliseconds{200}) return;
    last_ = now;
    drawn_ = true;
    const double share = at.total == 0 ? 1 : static_cast<double>(at.rows) / static_cast<double>(at.total);
    context_.err << "\r\x1b[K" << at.stage << "  " << inspect::bar(share, 30, context_.err_style) << "  "
                 << format_count(at.rows) << " of " << format_count(at.total) << std::flush;
  }

 private:
  const Context& context_;
  bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};
};

std::string stages_text(const inspect::VerifyReport& report, const inspect::TextStyle& style) {
  using inspect::Align;
  inspect::TextTable table{{{"stage"},
                            {"samples", Align::right},
                            {"finished", Align::right},
                            {"excluded", Align::right},
                            {"outputs right", Align::right},
                            {""},
                            {"digest"}}};
  for (const auto& stage : report.stages)
    table.add({stage.name, format_count(stage.range.size()), format_count(stage.finished),
               format_count(stage.excluded), format_count(stage.ok), stage.sealed ? "sealed" : "open",
               stage.sealed ? stage.digest.substr(0, 16) : ""});
  auto text = table.text(style, 0);
  for (const auto& stage : report.stages)
    if (stage.behind > 0)
      text += "\n" + stage.name + ": " + format_count(stage.behind) +
              " rows are recorded in the ledger and still pending in the file: no damage, the next\n"
              "tranche run brings the file up to date\n";
  for (const auto& stage : report.stages)
    if (stage.view_behind)
      text += "\n" + stage.name +
              ": store.h5 was written before this stage was begun or sealed: no damage, the next\n"
              "tranche run brings it up to date\n";
  return text;
}

std::string verdict_text(const inspect::VerifyReport& report) {
  if (report.sound()) return "ledger, store and design agree\n";
  if (report.run_mends_all())
    return "ledger, stage files and design agree; store.h5 does not: tranche run writes it again\n";
  return "ledger, store and design do not agree: restore the files from a copy\n";
}

std::string differences_text(const inspect::VerifyReport& report, const inspect::TextStyle& style) {
  std::string text;
  for (const auto& kind : report.differences) {
    text += '\n' + style.red(kind.kind) + ": " + format_count(kind.count) +
            (kind.count == 1 ? " case; " : " cases; ") + kind.means + '\n';
    for (const auto& example : kind.first) text += "  " + example + '\n';
    if (kind.count > kind.first.size())
      text += "  and " + format_count(kind.count - kind.first.size()) + " more\n";
  }
  return text;
}

Json to_json(const inspect::VerifyReport& report) {
  Json document{{"tranche_verify", 1},
                {"sound", report.sound()},
                {"stages", Json::array()},
                {"differences", Json::array()}};
  for (const auto& stage : report.stages)
    document["stages"].push_back({{"revision", stage.key.revision},
                                  {"stage", stage.key.stage},
                                  {"name", stage.name},
                                  {"rows", stage.range.size()},
                                  {"sealed", stage.sealed},
                                  {"finished", stage.finished},
                                  {"excluded", stage.excluded},
                                  {"ok", stage.ok},
                                  {"behind", stage.behind},
                                  {"view_behind", stage.view_behind},
                                  {"digest", stage.digest}});
  for (const auto& kind : report.differences)
    document["differences"].push_back({{"kind", kind.kind},
                                       {"means", kind.means},
                                       {"run_mends", kind.run_mends},
                                       {"count", kind.count},
                                       {"first", kind.first}});
  return document;
}

[[noreturn]] void refuse_untouched() {
  Problem problem;
  problem.what = "nothing has been run yet: there is nothing to verify";
  problem.fix = "tranche run";
  throw ConfigError{std::move(problem)};
}

/// If HDF5 crashes over a file, that file is found, and everything else is verified without it.
int verify_guarded(Context& context) {
  const auto verify = [&context](const inspect::Unreadable& unreadable) {
    return [&context, unreadable] { return run_verify(context, unreadable); };
  };
  return run_guarded(context, verify({}), [&] {
    const auto unreadable = crashing_files(inspect::open_campaign(context.campaign()));
    return run_guarded(context, verify(unreadable));
  });
}

}  // namespace

void register_verify(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("verify", "Recompute everything: ledger against store against design");
  verb->footer(
      "Checks the ledger's own rules, every parameter, state and checksum, the outputs of every ok row,\n"
      "the digests of sealed stages, and store.h5. Ends with 8 if anything differs. Needs the campaign at "
      "rest.");
  verb->callback([&context] { context.exit_code = verify_guarded(context); });
}

int run_verify(Context& context, const inspect::Unreadable& unreadable) {
  const auto paths = context.campaign();
  require_no_owner(paths, "tranche verify");
  require_whole(paths);
  const auto view = inspect::open_campaign(paths);
  if (!view.lock || !std::filesystem::exists(paths.ledger())) refuse_untouched();
  inspect::require_unchanged(view);
  const auto report = [&] {
    const auto ledger = ledger::Ledger::open_to_read(paths.ledger().string());
    ProgressLine progress{context};
    return inspect::verify(view, ledger, std::ref(progress), unreadable);
  }();
  if (context.options.json)
    print_json(context, to_json(report));
  else
    context.out << stages_text(report, context.out_style) << differences_text(report, context.out_style)
                << '\n'
                << verdict_text(report);
  return static_cast<int>(report.sound() ? ExitCode::done : ExitCode::damaged);
}

}  // namespace tranche::cli
