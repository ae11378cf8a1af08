// Worker protocol 1: bytes that are read or refused, never believed.
#include "worker_protocol.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

using namespace tranche;
using namespace tranche::simulate;
using Status = WorkerAnswer::Status;
using Stream = ProtocolFault::Stream;

namespace {

/// Two parameters, one constant; outputs of 2 x 3 and 1 numbers; one meta number.
campaign::CampaignSpec small_spec() {
  campaign::CampaignSpec spec;
  spec.name = "small";
  spec.parameters.resize(2);
  spec.parameters[0].name = "B";
  spec.parameters[1].name = "field";
  spec.parameters[1].domain = campaign::Levels{{"blr", "torus"}};
  spec.constants.push_back({"z", 0.03, "1", {}});
  spec.axes.resize(2);
  spec.axes[0] = {"t", "s", {1, 2}, {}};
  spec.axes[1] = {"nu", "Hz", {1e8, 1e9, 1e10}, {}};
  campaign::Output sed;
  sed.name = "sed";
  sed.axes = {0, 1};
  sed.size = 6;
  campaign::Output energy;
  energy.name = "energy";
  spec.outputs = {sed, energy};
  spec.meta = {"steps"};
  return spec;
}

/// Where answers go.
struct Target {
  std::vector<double> sed = std::vector<double>(6, -1);
  std::vector<double> energy{-1};
  std::vector<double> meta{-1};
  std::vector<double*> outputs{sed.data(), energy.data()};
  AnswerShape shape{small_spec()};

  WorkerAnswer read(const std::string& message, Framing framing = Framing::lines, std::uint64_t id = 7) {
    return read_answer(message, framing, id, shape, {outputs, meta});
  }
  bool untouched() const { return sed == std::vector<double>(6, -1) && energy[0] == -1 && meta[0] == -1; }
  /// What is said about a message, which must be refused and leave the arrays alone.
  std::string fault(const std::string& message, Framing framing = Framing::lines,
                    Stream stream = Stream::in_step) {
    try {
      read(message, framing);
    } catch (const ProtocolFault& fault) {
      CHECK(untouched());
      CHECK(fault.stream() == stream);
      return fault.what();
    }
    return "not refused";
  }
};

template <typename Number>
std::string bytes_of(Number value) {
  std::string bytes(sizeof value, 0);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string with_length(const std::string& rest) {
  return bytes_of(static_cast<std::uint32_t>(rest.size())) + rest;
}

std::string ok_frame(std::uint64_t id, const std::vector<double>& numbers) {
  std::string rest{2, 0, 0, 0};
  rest += bytes_of(id);
  for (const double number : numbers) rest += bytes_of(number);
  return with_length(rest);
}

std::string failure_frame(std::uint64_t id, char status, const std::string& reason,
                          const std::string& message) {
  std::string rest{2, status, 0, 0};
  rest += bytes_of(id) + bytes_of(static_cast<std::uint16_t>(reason.size())) +
          bytes_of(static_cast<std::uint16_t>(message.size())) + reason + message;
  return with_length(rest);
}

const std::string ok_line =
    R"({"id": 7, "ok": true, "outputs": {"sed": [[1, 2, 3], ["nan", "-inf", 6e300]], "energy": 5}, "meta": {"steps": 9}})";

}  // namespace

TEST_CASE("the greeting says what a worker needs to know, on one line") {
  const auto line = greeting_line(small_spec(), {"/campaign", "/scratch/slot-3", 3});
  CHECK(line.find('\n') == line.size() - 1);
  const auto hello = nlohmann::json::parse(line);
  CHECK(hello["tranche_worker"] == 1);
  CHECK(hello["parameters"] == nlohmann::json({"B", "field"}));
  CHECK(hello["constants"] == nlohmann::json({"z"}));
  CHECK(hello["integers"] == nlohmann::json({"field"}));
  CHECK(hello["levels"]["field"] == nlohmann::json({"blr", "torus"}));
  CHECK(hello["outputs"][0]["axes"] == nlohmann::json({"t", "nu"}));
  CHECK(hello["axes"]["nu"] == nlohmann::json({1e8, 1e9, 1e10}));
  CHECK(hello["slot"] == 3);
  CHECK(hello["rundir"] == "/scratch/slot-3");
  CHECK(hello["binary"] == true);
}

TEST_CASE("an answer to the greeting is read or refused") {
  CHECK(read_greeting_answer(R"({"tranche_worker": 1})").framing == Framing::lines);
  CHECK(read_greeting_answer(R"({"tranche_worker": 1, "binary": true})").framing == Framing::frames);
  CHECK(read_greeting_answer(R"({"tranche_worker": 1, "error": "no table"})").refusal == "no table");
  CHECK(read_greeting_answer(R"({"tranche_worker": 1, "remarks": ["slow"]})").remarks ==
        std::vector<std::string>{"slow"});
  CHECK_THROWS_WITH(read_greeting_answer(R"({"tranche_worker": 2})"), Catch::Contains("protocol 2"));
  CHECK_THROWS_WITH(read_greeting_answer("hello"), Catch::Contains("no JSON") && Catch::Contains("`hello`"));
  CHECK_THROWS_WITH(read_greeting_answer("{}"), Catch::Contains("without `tranche_worker`"));
  CHECK_THROWS_WITH(read_greeting_answer("[1]"), Catch::Contains("no object"));
}

TEST_CASE("a task as a line reads back exactly, NaN and infinity as texts") {
  const std::vector<double> x{0.1, 1.0 / 3, std::nan(""), -std::numeric_limits<double>::infinity(), 5e-324};
  WorkerTask task;
  task.id = 8;
  task.index = 1'000'000'007;
  task.seed = 18'446'744'073'709'551'615u;
  task.x = x;
  std::string line;
  write_task(task, Framing::lines, line);
  const auto document = nlohmann::json::parse(line);
  CHECK(document["seed"] == 18'446'744'073'709'551'615u);
  CHECK(document["deadline_s"].is_null());
  CHECK(document["x"][0].get<double>() == 0.1);
  CHECK(document["x"][1].get<double>() == 1.0 / 3);
  CHECK(document["x"][2] == "nan");
  CHECK(document["x"][3] == "-inf");
  CHECK(document["x"][4].get<double>() == 5e-324);
}

TEST_CASE("a task as a frame has the documented layout") {
  const std::vector<double> x{1.5, -2};
  WorkerTask task;
  task.id = 0x0102030405060708;
  task.index = 9;
  task.stage = 2;
  task.attempt = 3;
  task.seed = 11;
  task.deadline_s = 60;
  task.x = x;
  std::string frame;
  write_task(task, Framing::frames, frame);
  const auto wanted = bytes_of(std::uint32_t{52}) + std::string{1, 2, 3, 0} +
                      bytes_of(std::uint64_t{0x0102030405060708}) + bytes_of(std::uint64_t{9}) +
                      bytes_of(std::uint64_t{11}) + bytes_of(60.0) + bytes_of(1.5) + bytes_of(-2.0);
  CHECK(frame == wanted);
}

TEST_CASE("an ok answer fills outputs and meta, from a line and from a frame alike") {
  Target lines;
  CHECK(lines.read(ok_line).status == Status::ok);
  CHECK(lines.sed[2] == 3);
  CHECK(std::isnan(lines.sed[3]));
  CHECK(lines.sed[4] == -std::numeric_limits<double>::infinity());
  CHECK(lines.sed[5] == 6e300);
  CHECK(lines.energy[0] == 5);
  CHECK(lines.meta[0] == 9);
  Target frames;
  CHECK(frames.read(ok_frame(7, {1, 2, 3, 4, 5, 6, 7, 8}), Framing::frames).status == Status::ok);
  CHECK(frames.sed == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(frames.energy[0] == 7);
  CHECK(frames.meta[0] == 8);
}

TEST_CASE("meta numbers that a line leaves out are NaN") {
  Target target;
  target.read(R"({"id": 7, "ok": true, "outputs": {"sed": [1,2,3,4,5,6], "energy": [5]}})");
  CHECK(target.energy[0] == 5);
  CHECK(std::isnan(target.meta[0]));
}

TEST_CASE("failures carry reason and message, and touch no numbers") {
  for (const auto framing : {Framing::lines, Framing::frames}) {
    Target target;
    const auto failed =
        target.read(framing == Framing::lines
                        ? R"({"id": 7, "ok": false, "reason": "no_root", "message": "tried 40 times"})"
                        : failure_frame(7, 1, "no_root", "tried 40 times"),
                    framing);
    CHECK(failed.status == Status::failed);
    CHECK(failed.reason == "no_root");
    CHECK(failed.message == "tried 40 times");
    const auto bad = target.read(framing == Framing::lines ? R"({"id": 7, "ok": false, "bad_point": true})"
                                                           : failure_frame(7, 2, "", ""),
                                 framing);
    CHECK(bad.status == Status::bad_point);
    CHECK(target.untouched());
  }
}

TEST_CASE("lines that mean nothing are refused with what is wrong") {
  Target target;
  CHECK_THAT(target.fault("Hello world\n", Framing::lines, Stream::lost), Catch::Contains("`Hello world`"));
  CHECK_THAT(
      target.fault(R"({"id": 7, "ok": true, "outputs": {"sed": [NaN]}})", Framing::lines, Stream::lost),
      Catch::Contains("NaN is written as \"nan\""));
  CHECK_THAT(target.fault(R"({"id": 6, "ok": true})", Framing::lines, Stream::lost),
             Catch::Contains("`6`") && Catch::Contains("asked for 7"));
  CHECK_THAT(target.fault(R"({"id": 7.0, "ok": true})", Framing::lines, Stream::lost),
             Catch::Contains("asked for 7"));
  CHECK_THAT(target.fault(R"({"ok": true})", Framing::lines, Stream::lost), Catch::Contains("without `id`"));
  CHECK_THAT(target.fault(R"({"id": 7})"), Catch::Contains("without `ok`"));
  CHECK_THAT(target.fault(R"({"id": 7, "ok": 1})"), Catch::Contains("neither true nor false"));
  CHECK_THAT(target.fault(R"({"id": 7, "ok": true, "outputs": {"sed": [1,2,3,4,5], "energy": 1}})"),
             Catch::Contains("output `sed` has 5 numbers instead of 6"));
  CHECK_THAT(target.fault(R"({"id": 7, "ok": true, "outputs": {"sed": [1,2,3,4,5,6]}})"),
             Catch::Contains("output `energy` is missing"));
  CHECK_THAT(target.fault(R"({"id": 7, "ok": true, "outputs": {"sed": [1,2,3,4,5,true], "energy": 1}})"),
             Catch::Contains("`true` where a number is due"));
  CHECK_THAT(target.fault(R"({"id": 7, "ok": true, "outputs": {"sed": [1,2,3,4,5,"six"], "energy": 1}})"),
             Catch::Contains("where a number is due"));
  CHECK_THAT(
      target.fault(R"({"id": 7, "ok": true, "outputs": {"sed": [1,2,3,4,5,6], "energy": 1, "xs": 1}})"),
      Catch::Contains("`xs` that campaign.yaml does not have"));
  CHECK_THAT(target.fault(R"({"id": 7, "ok": true, "outputs": 4})"),
             Catch::Contains("`outputs` that is no object"));
  CHECK_THAT(target.fault(R"({"id": 7, "ok": false, "reason": 4})"),
             Catch::Contains("`reason` that is no text"));
}

TEST_CASE("JSON nested without end is refused") {
  Target target;
  const std::string deep(40'000, '[');
  CHECK_THAT(target.fault(deep, Framing::lines, Stream::lost), Catch::Contains("no JSON"));
  CHECK_THAT(
      target.fault(R"({"id": 7, "ok": true, "outputs": {"sed": [[[[[[[[[[[1]]]]]]]]]]], "energy": 1}})"),
      Catch::Contains("nested deeper"));
}

TEST_CASE("frames that mean nothing are refused with what is wrong") {
  Target target;
  const auto frames = Framing::frames;
  CHECK_THAT(target.fault(ok_frame(6, {1, 2, 3, 4, 5, 6, 7, 8}), frames, Stream::lost),
             Catch::Contains("asked for 7"));
  CHECK_THAT(target.fault(ok_frame(7, {1, 2, 3}), frames),
             Catch::Contains("24 bytes of numbers instead of 64"));
  CHECK_THAT(target.fault(failure_frame(7, 3, "a", "b"), frames), Catch::Contains("unknown status 3"));
  auto cut = failure_frame(7, 1, "reason", "message");
  cut.pop_back();
  CHECK_THAT(target.fault(cut, frames), Catch::Contains("lengths"));
  CHECK_THAT(target.fault(failure_frame(7, 1, "", "").substr(0, 18), frames), Catch::Contains("lengths"));
  auto kind = ok_frame(7, {1, 2, 3, 4, 5, 6, 7, 8});
  kind[4] = 1;
  CHECK_THAT(target.fault(kind, frames, Stream::lost), Catch::Contains("no frame"));
}

TEST_CASE("a message ends where it ends, wherever it is cut") {
  const AnswerShape shape{small_spec()};
  for (const auto framing : {Framing::lines, Framing::frames}) {
    const auto message = framing == Framing::lines ? ok_line + "\n" : ok_frame(7, {1, 2, 3, 4, 5, 6, 7, 8});
    for (std::size_t length = 0; length < message.size(); ++length)
      CHECK_FALSE(message_length(message.substr(0, length), framing, shape));
    CHECK(message_length(message, framing, shape) == message.size());
    CHECK(message_length(message + "more", framing, shape) == message.size());
  }
}

TEST_CASE("messages of impossible length are refused before they are read") {
  const AnswerShape shape{small_spec()};
  CHECK_THROWS_WITH(message_length("Hello world", Framing::frames, shape),
                    Catch::Contains("no frame") && Catch::Contains("Hello world"));
  CHECK_THROWS_AS(message_length(bytes_of(std::uint32_t{3}), Framing::frames, shape), ProtocolFault);
  CHECK_THROWS_WITH(message_length(std::string(shape.longest(Framing::lines), 'x'), Framing::lines, shape),
                    Catch::Contains("without") || Catch::Contains("a line of over"));
}
