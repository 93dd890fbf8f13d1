// The readers of replies: any bytes, cut anywhere, from a server that means harm. The first byte
// chooses the fingerprint, the second its question.
#include <cstdint>
#include <cstdlib>

#include "fingerprint/fingerprint.h"
#include "fingerprint/http_reply.h"

using podreach::ServiceIdentity;
using podreach::probe::AllFingerprints;
using podreach::probe::Partial;
using podreach::probe::Reading;
using podreach::probe::RootQuestion;
using podreach::probe::Transport;

namespace {

void CheckText(const std::string& text) {
  if (text.size() > 256) std::abort();
  for (const char c : text) {
    if (c < 0x20 || c > 0x7e) std::abort();
  }
}

/// What goes to reports is short and printable, and has a name.
void Check(const Reading& reading) {
  const auto* service = std::get_if<ServiceIdentity>(&reading);
  if (const auto* partial = std::get_if<Partial>(&reading)) service = &partial->service;
  if (service == nullptr) return;
  if (service->name.empty()) std::abort();
  for (const std::string& text :
       {service->name, service->product, service->version, service->evidence})
    CheckText(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto& all = AllFingerprints();
  const auto& fingerprint = all[data[0] % all.size()];
  const auto& questions = fingerprint.questions;
  const std::size_t choice = data[1] % (questions.size() + 1);
  const auto& question =
      choice < questions.size() ? questions[choice] : RootQuestion(Transport::kPlain);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  Check(fingerprint.read(question, {bytes, false}));
  Check(fingerprint.read(question, {bytes, true}));
  Check(fingerprint.read(question, {bytes.substr(0, bytes.size() / 2), false}));
  return 0;
}
