// The report reader on anything: as a log of its own, and with every line as the payload of a frame
// whose checksum is right. However the bytes are cut, the same comes out.
#include <cstdlib>
#include <string>

#include "podreach/wire/probe_report.h"
#include "wire/frame_codec.h"

namespace {

const std::string kScan = "scan-1";
const std::string kNonce = "00112233445566778899aabbccddeeff";

podreach::ReportReader Fed(std::string_view log, std::size_t piece) {
  podreach::ReportReader reader(kScan, kNonce);
  for (std::size_t at = 0; at < log.size(); at += piece) reader.Feed(log.substr(at, piece));
  return reader;
}

void Check(std::string_view log) {
  const auto whole = Fed(log, std::max<std::size_t>(log.size(), 1));
  const auto pieces = Fed(log, 7);
  if (whole.broken() != pieces.broken() || whole.closed_rounds() != pieces.closed_rounds())
    std::abort();
  for (const std::uint32_t round : whole.closed_rounds()) {
    const auto a = whole.Finish(round);
    const auto b = pieces.Finish(round);
    if (a.has_value() != b.has_value() || (a && *a != *b)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Check(input);
  std::string log;
  std::uint32_t sequence = 0;
  for (std::size_t begin = 0; begin < input.size() && sequence < 64;) {
    const std::size_t end = std::min(input.find('\n', begin), input.size());
    if (end - begin <= 4096)
      log += podreach::wire::EncodeFrame(kScan, kNonce, sequence++,
                                         std::string(input.substr(begin, end - begin)));
    begin = end + 1;
  }
  Check(log);
  return 0;
}
