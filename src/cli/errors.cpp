// From an exception to a message and an exit code: the only place.
#include <exception>
#include <new>
#include <ostream>
#include <string>

#include "context.hpp"
#include "tranche/config/campaign_file.hpp"

namespace tranche::cli {
namespace {

int report(const Context& context, ExitCode code, const std::string& what, const std::string& fix) {
  context.err << context.err_style.red("error: ") << what << '\n';
  if (!fix.empty()) context.err << "  " << fix << '\n';
  return static_cast<int>(code);
}

/// Problems in a file are quoted from it; those of the command line are one line each.
int report(const Context& context, const ConfigError& error) {
  const auto color = context.err_style.color == inspect::Color::on ? config::Color::on : config::Color::off;
  std::vector<Problem> in_file;
  for (const auto& problem : error.problems()) {
    if (!problem.where.file.empty())
      in_file.push_back(problem);
    else
      report(context, ExitCode::usage, problem.why.empty() ? problem.what : problem.what + ": " + problem.why,
             problem.fix);
  }
  if (!in_file.empty()) {
    // Templates and lists are named as seen from the campaign.
    const auto file = std::filesystem::path{context.options.directory} / in_file.front().where.file;
    context.err << config::render(in_file, file, color);
  }
  return static_cast<int>(ExitCode::usage);
}

}  // namespace

int report_current_exception(const Context& context) {
  try {
    throw;
  } catch (const ConfigError& error) {
    return report(context, error);
  } catch (const Failure& error) {
    return report(context, error.code(), error.what(), error.fix());
  } catch (const ContractError& error) {
    return report(context, ExitCode::unexpected,
                  std::string{"tranche broke a promise to itself: "} + error.what(),
                  "this is a bug: please report it with the command and what was printed");
  } catch (const std::bad_alloc&) {
    return report(context, ExitCode::environment, "out of memory", "");
  } catch (const std::exception& error) {
    return report(context, ExitCode::unexpected, error.what(), "");
  } catch (...) {
    return report(context, ExitCode::unexpected, "something unknown was thrown", "");
  }
}

}  // namespace tranche::cli
