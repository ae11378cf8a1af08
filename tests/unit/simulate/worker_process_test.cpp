// A worker's process and pipes: answers, silence, ends.
#include "worker_process.hpp"

#include <csignal>

#include "host_fixture.hpp"
#include "worker_accounts.hpp"

using namespace tranche;
using namespace tranche::simulate;
using namespace tranche::test;

namespace {

/// One output of two numbers.
AnswerShape pair_shape() {
  campaign::CampaignSpec spec;
  campaign::Output output;
  output.name = "pair";
  output.size = 2;
  spec.outputs = {output};
  return AnswerShape{spec};
}

/// A worker that is a shell script.
class ShellWorker {
 public:
  explicit ShellWorker(const std::string& text) {
    std::signal(SIGPIPE, SIG_IGN);
    ProgramStart start;
    start.program = "/bin/sh";
    start.arguments = {"sh", "-c", text};
    start.directory = folder_.str();
    worker_.emplace(std::move(start), pair_shape());
  }
  WorkerProcess* operator->() { return &*worker_; }
  WorkerAnswer ask(double limit_s = patience_s) {
    double* outputs[] = {pair_.data()};
    return worker_->ask({}, {outputs, {}}, limit_s);
  }
  const std::vector<double>& pair() const { return pair_; }

 private:
  TemporaryFolder folder_;
  std::optional<WorkerProcess> worker_;
  std::vector<double> pair_ = std::vector<double>(2, -1);
};

const std::string greeted = "read hello; echo '{\"tranche_worker\": 1}'; ";

}  // namespace

TEST_CASE("a worker is greeted, asked, and ends when its stdin does") {
  ShellWorker script{
      greeted +
      R"(n=1; while read task; do echo "{\"id\": $n, \"ok\": true, \"outputs\": {\"pair\": [$n, 2]}}"; n=$((n+1)); done; exit 3)"};
  CHECK(script->greet("{}\n", patience_s).framing == Framing::lines);
  for (int k = 1; k <= 3; ++k) {
    CHECK(script.ask().status == WorkerAnswer::Status::ok);
    CHECK(script.pair() == std::vector<double>{static_cast<double>(k), 2});
  }
  const auto end = script->close(patience_s);
  REQUIRE(end);
  CHECK(end->exit_code == 3);
}

TEST_CASE("a worker that ends instead of answering is seen to have ended, and how") {
  ShellWorker exits{greeted + "read task; exit 7"};
  exits->greet("{}\n", patience_s);
  CHECK_THROWS_WITH(exits.ask(), "the worker ended with exit code 7");
  ShellWorker killed{greeted + "read task; kill -SEGV $$"};
  killed->greet("{}\n", patience_s);
  CHECK_THROWS_WITH(killed.ask(), "the worker was ended by sigsegv");
}

TEST_CASE("the end of a worker is seen although its child keeps the pipe open") {
  ShellWorker script{greeted + "read task; sleep 600 & exit 7"};
  script->greet("{}\n", patience_s);
  CHECK_THROWS_WITH(script.ask(), "the worker ended with exit code 7");
}

TEST_CASE("silence is not waited for beyond the limit") {
  ShellWorker script{"sleep 600"};
  CHECK_THROWS_WITH(script->greet("{}\n", 0.2), "did not answer in time");
  CHECK_FALSE(script->close(0.1));
}

TEST_CASE("a greeting that nobody reads does not block for ever") {
  ShellWorker script{"sleep 600"};
  const std::string long_greeting(1 << 20, 'x');
  CHECK_THROWS_WITH(script->greet(long_greeting, 0.2), "did not answer in time");
}

TEST_CASE("an answer in many pieces is put together") {
  ShellWorker script{
      greeted +
      R"(read task; printf '{"id": 1, '; sleep 0.05; printf '"ok": true, "outputs": '; sleep 0.05; echo '{"pair": [3, 4]}}')"};
  script->greet("{}\n", patience_s);
  script.ask();
  CHECK(script.pair() == std::vector<double>{3, 4});
}

TEST_CASE("what is written without being asked is a fault") {
  ShellWorker greets_twice{greeted + "echo more; sleep 600"};
  try {
    greets_twice->greet("{}\n", patience_s);
    CHECK_THROWS_AS(greets_twice.ask(), ProtocolFault);  // it came after the look
  } catch (const ProtocolFault& fault) {
    CHECK_THAT(fault.what(), Catch::Contains("`more`"));
  }
}

TEST_CASE("after an answer of the wrong length the next one is read") {
  ShellWorker script{
      greeted +
      R"(read a; echo '{"id": 1, "ok": true, "outputs": {"pair": [1]}}'; read b; echo '{"id": 2, "ok": true, "outputs": {"pair": [5, 6]}}'; read c)"};
  script->greet("{}\n", patience_s);
  CHECK_THROWS_WITH(script.ask(), Catch::Contains("has 1 numbers instead of 2"));
  script.ask();
  CHECK(script.pair() == std::vector<double>{5, 6});
}

TEST_CASE("a worker's CPU time is counted for each sample, and its memory") {
  ShellWorker script{
      greeted +
      R"(read a; i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo '{"id": 1, "ok": true, "outputs": {"pair": [1, 2]}}'; read b; sleep 0.2; echo '{"id": 2, "ok": true, "outputs": {"pair": [1, 2]}}'; read c)"};
  script->greet("{}\n", patience_s);
  WorkerAccounts accounts{script->pid()};
  constexpr std::uint64_t long_ns = 1'000'000'000;
  script.ask();
  accounts.count(long_ns);
  const double busy_s = accounts.cpu_s();
  script.ask();
  accounts.count(long_ns);
  CHECK(busy_s > 0.01);
  CHECK(accounts.cpu_s() < busy_s);
  CHECK(accounts.max_rss_kb() > 200);
}
