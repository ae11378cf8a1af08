#include "logging.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace tranche::cli {

void set_up_logging(const Context& context) {
  const auto mode =
      context.err_style.color == inspect::Color::on ? spdlog::color_mode::always : spdlog::color_mode::never;
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(mode);
  auto logger = std::make_shared<spdlog::logger>("tranche", std::move(sink));
  logger->set_pattern("%^%l:%$ %v");
  const auto& options = context.options;
  logger->set_level(options.quiet          ? spdlog::level::err
                    : options.verbose == 0 ? spdlog::level::warn
                    : options.verbose == 1 ? spdlog::level::info
                                           : spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace tranche::cli
