#include <vector>

#include "targets.hpp"
#include "worker_protocol.hpp"

namespace tranche::fuzz {
namespace {

constexpr double untouched = -12345.5;

campaign::CampaignSpec spec() {
  campaign::CampaignSpec spec;
  campaign::Output output;
  output.name = "sed";
  output.size = 3;
  spec.outputs = {output};
  spec.meta = {"steps"};
  return spec;
}

void answer(std::string_view bytes, simulate::Framing framing) {
  const simulate::AnswerShape shape{spec()};
  std::vector<double> sed(5, untouched);  // one guard at each end
  std::vector<double> meta(3, untouched);
  double* outputs[] = {sed.data() + 1};
  bool ok = false;
  try {
    const auto length = simulate::message_length(bytes, framing, shape);
    if (!length) return;
    must(*length <= bytes.size() && *length <= shape.longest(framing), "a message lies in what was received");
    ok = simulate::read_answer(bytes.substr(0, *length), framing, 7, shape, {outputs, {meta.data() + 1, 1}})
             .status == simulate::WorkerAnswer::Status::ok;
  } catch (const simulate::ProtocolFault&) {
  }
  must(sed.front() == untouched && sed.back() == untouched && meta.front() == untouched &&
           meta.back() == untouched,
       "numbers go where they belong");
  if (ok) return;
  for (std::size_t k = 1; k < 4; ++k) must(sed[k] == untouched, "what is no ok answer writes no numbers");
}

}  // namespace

void worker(Bytes bytes) {
  if (bytes.empty()) return;
  const auto rest = text_of(bytes.subspan(1));
  if (bytes[0] % 3 == 0) return answer(rest, simulate::Framing::lines);
  if (bytes[0] % 3 == 1) return answer(rest, simulate::Framing::frames);
  try {
    (void)simulate::read_greeting_answer(rest);
  } catch (const simulate::ProtocolFault&) {
  }
}

}  // namespace tranche::fuzz
