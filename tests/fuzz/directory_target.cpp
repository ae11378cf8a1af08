#include "support/temporary_folder.hpp"
#include "targets.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/directory/files.hpp"
#include "tranche/directory/inbox.hpp"
#include "tranche/directory/outcome.hpp"
#include "tranche/directory/owner.hpp"
#include "tranche/directory/status.hpp"

namespace tranche::fuzz {
namespace {

using namespace tranche::directory;

/// What was read is published again without loss.
void read_one_status(const CampaignPaths& paths) {
  const auto status = read_status(paths);
  if (!status) return;  // no object: as if it were not there
  const auto text = to_json_text(*status);
  publish_status(paths, *status);
  must(to_json_text(read_status(paths).value()) == text, "a status is read as it was published");
}

void read_one_failure_table(const CampaignPaths& paths) {
  publish_failures(paths, read_failures(paths));
  must(read_failures(paths).rows.size() <= 200, "the published failures are bounded");
}

void read_one_owner(const CampaignPaths& paths) {
  must(look_at_owner(paths).state != OwnerState::none, "an owner file that is there names an owner");
  must(!owner_is(paths, "not its nonce") || look_at_owner(paths).facts.nonce == "not its nonce",
       "another's nonce is not ours");
}

void read_one_outcome(const CampaignPaths& paths) {
  const auto outcome = read_outcome(paths.root() / "outcome");
  if (!outcome) return;
  const auto code = static_cast<int>(outcome->code);
  must(code >= 0 && code <= static_cast<int>(ExitCode::damaged), "an exit code is one of ours");
}

/// Every request is handed out or answered with an error; none is left to be found for ever.
void take_one_request(const CampaignPaths& paths) {
  for (const auto& request : take_requests(paths))
    answer(paths, request, {true, "done", request.arguments_json});
  must(take_requests(paths).empty(), "a request is taken once");
  (void)read_file(paths.inbox() / "1.answer.json");
}

struct Reader {
  const char* file;
  void (*read)(const CampaignPaths&);
};
constexpr Reader readers[]{{"status.json", read_one_status},
                           {"failures.json", read_one_failure_table},
                           {"owner", read_one_owner},
                           {"outcome", read_one_outcome},
                           {"inbox/1.request.json", take_one_request}};

}  // namespace

void directory(Bytes bytes) {
  if (bytes.empty()) return;
  static const test::TemporaryFolder folder;
  const CampaignPaths paths{folder.path()};
  make_folder(paths.inbox());
  const auto& reader = readers[bytes[0] % std::size(readers)];
  folder.write(reader.file, text_of(bytes.subspan(1)));
  try {
    reader.read(paths);
  } catch (const IoError&) {
    // Refused with the file's name: not a document of this kind, or of a newer one.
  }
}

}  // namespace tranche::fuzz
