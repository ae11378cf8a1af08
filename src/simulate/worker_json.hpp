/// \file
/// The messages of worker protocol 1 that are lines of JSON.
/// Layer: adapter (simulate), pure. NaN and infinities are strings: JSON has no numbers for them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "worker_protocol.hpp"

namespace tranche::simulate {

/// With its newline.
std::string task_line(const WorkerTask& task);
/// \throws ProtocolFault
WorkerAnswer read_answer_line(std::string_view line, std::uint64_t id, const AnswerShape& shape,
                              const AnswerArrays& arrays);

/// The beginning of what a worker sent, for a message.
std::string shown(std::string_view bytes);
std::string wrong_id(std::uint64_t wanted, const std::string& got);

}  // namespace tranche::simulate
