#include "worker_protocol.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "words.hpp"
#include "worker_json.hpp"

namespace tranche::simulate {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are little-endian");

using Stream = ProtocolFault::Stream;

constexpr std::size_t longest_text = 64 * 1024;
/// `-2.2250738585072014e-308, ` and some white space.
constexpr std::size_t longest_number = 40;

constexpr std::uint8_t task_kind = 1;
constexpr std::uint8_t answer_kind = 2;
/// Of an answer: length, kind, status, 0, id.
constexpr std::size_t answer_head = 16;
/// Behind it, if the answer is not ok: lengths of reason and message.
constexpr std::size_t text_head = 4;

template <typename Number>
void put(std::string& out, Number value) {
  const auto at = out.size();
  out.resize(at + sizeof value);
  std::memcpy(out.data() + at, &value, sizeof value);
}

/// Precondition: it lies within `bytes`.
template <typename Number>
Number get(std::string_view bytes, std::size_t offset) {
  Number value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

void write_frame(const WorkerTask& task, std::string& out) {
  const std::size_t length = 36 + task.x.size_bytes();
  put(out, static_cast<std::uint32_t>(length));
  put(out, task_kind);
  put(out, task.stage);
  put(out, task.attempt);
  put(out, std::uint8_t{0});
  put(out, task.id);
  put(out, task.index);
  put(out, task.seed);
  put(out, task.deadline_s.value_or(std::numeric_limits<double>::infinity()));
  out.append(reinterpret_cast<const char*>(task.x.data()), task.x.size_bytes());
}

[[noreturn]] void fault(Stream stream, const std::string& what) {
  throw ProtocolFault{stream, what};
}

std::optional<std::size_t> frame_length(std::string_view bytes, std::size_t longest) {
  if (bytes.size() < 4) return std::nullopt;
  const std::size_t length = 4 + std::size_t{get<std::uint32_t>(bytes, 0)};
  if (length < answer_head || length > longest)
    fault(Stream::lost, "sent bytes that are no frame: " + shown(bytes));
  return bytes.size() < length ? std::nullopt : std::optional{length};
}

std::optional<std::size_t> line_length(std::string_view bytes, std::size_t longest) {
  const auto end = bytes.find('\n');
  if (end != std::string_view::npos && end < longest) return end + 1;
  if (bytes.size() >= longest)
    fault(Stream::lost, "sent a line of over " + std::to_string(longest) + " bytes: " + shown(bytes));
  return std::nullopt;
}

void copy_numbers(std::string_view numbers, const AnswerShape& shape, const AnswerArrays& arrays) {
  const char* from = numbers.data();
  for (std::size_t k = 0; k < shape.outputs.size(); ++k) {
    const std::size_t bytes = shape.outputs[k].size * sizeof(double);
    std::memcpy(arrays.outputs[k], from, bytes);
    from += bytes;
  }
  if (!arrays.meta.empty()) std::memcpy(arrays.meta.data(), from, arrays.meta.size_bytes());
}

WorkerAnswer read_texts(std::string_view rest, WorkerAnswer::Status status) {
  if (rest.size() < text_head) fault(Stream::in_step, "sent a failure without the lengths of its texts");
  const std::size_t reason = get<std::uint16_t>(rest, 0);
  const std::size_t message = get<std::uint16_t>(rest, 2);
  if (rest.size() != text_head + reason + message)
    fault(Stream::in_step, "sent a failure whose texts do not have the lengths it names");
  return {status, std::string{rest.substr(text_head, reason)},
          std::string{rest.substr(text_head + reason, message)}};
}

WorkerAnswer read_frame(std::string_view frame, std::uint64_t id, const AnswerShape& shape,
                        const AnswerArrays& arrays) {
  if (get<std::uint8_t>(frame, 4) != answer_kind || get<std::uint16_t>(frame, 6) != 0)
    fault(Stream::lost, "sent bytes that are no frame: " + shown(frame));
  if (const auto got = get<std::uint64_t>(frame, 8); got != id)
    fault(Stream::lost, wrong_id(id, std::to_string(got)));
  const auto status = get<std::uint8_t>(frame, 5);
  const auto rest = frame.substr(answer_head);
  if (status == 1 || status == 2) return read_texts(rest, static_cast<WorkerAnswer::Status>(status));
  if (status != 0) fault(Stream::in_step, "sent an answer of unknown status " + std::to_string(status));
  const std::size_t wanted = shape.numbers() * sizeof(double);
  if (rest.size() != wanted)
    fault(Stream::in_step,
          "sent " + std::to_string(rest.size()) + " bytes of numbers instead of " + std::to_string(wanted));
  copy_numbers(rest, shape, arrays);
  return {};
}

}  // namespace

AnswerShape::AnswerShape(const campaign::CampaignSpec& spec) : meta{spec.meta} {
  for (const auto& output : spec.outputs)
    outputs.push_back({output.name, static_cast<std::size_t>(output.size)});
}

std::size_t AnswerShape::numbers() const noexcept {
  std::size_t count = meta.size();
  for (const auto& output : outputs) count += output.size;
  return count;
}

std::size_t AnswerShape::longest(Framing framing) const noexcept {
  if (framing == Framing::frames)
    return answer_head + std::max(numbers() * sizeof(double), text_head + 2 * longest_text);
  std::size_t names = 0;
  for (const auto& output : outputs) names += output.name.size() + longest_number;
  for (const auto& name : meta) names += name.size() + longest_number;
  return longest_text + names + numbers() * longest_number;
}

void write_task(const WorkerTask& task, Framing framing, std::string& out) {
  if (framing == Framing::frames)
    write_frame(task, out);
  else
    out += task_line(task);
}

std::optional<std::size_t> message_length(std::string_view bytes, Framing framing, const AnswerShape& shape) {
  const auto longest = shape.longest(framing);
  return framing == Framing::frames ? frame_length(bytes, longest) : line_length(bytes, longest);
}

WorkerAnswer read_answer(std::string_view message, Framing framing, std::uint64_t id,
                         const AnswerShape& shape, const AnswerArrays& arrays) {
  if (framing == Framing::lines) return read_answer_line(message, id, shape, arrays);
  if (message.size() < answer_head) fault(Stream::lost, "sent a frame that is too short");
  return read_frame(message, id, shape, arrays);
}

std::string shown(std::string_view bytes) {
  constexpr std::size_t most = 80;
  std::string text{"`"};
  text += clean_message(bytes.substr(0, most));
  return text + (bytes.size() > most ? "...`" : "`");
}

std::string wrong_id(std::uint64_t wanted, const std::string& got) {
  return "answered sample " + got + " of its own count when asked for " + std::to_string(wanted) +
         ": each request gets one answer";
}

}  // namespace tranche::simulate
