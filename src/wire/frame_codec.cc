#include "wire/frame_codec.h"

#include <array>
#include <charconv>

namespace podreach::wire {
namespace {

constexpr std::string_view kMagic = "PODREACH1";

constexpr std::array<std::uint32_t, 256> MakeTable() {
  constexpr std::uint32_t kReversedPolynomial = 0x82F63B78U;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1U) != 0 ? (value >> 1U) ^ kReversedPolynomial : value >> 1U;
    }
    table[byte] = value;
  }
  return table;
}

constexpr auto kTable = MakeTable();

std::string Hex8(std::uint32_t value) {
  std::string text(8, '0');
  for (std::size_t i = text.size(); i > 0; --i, value >>= 4U) {
    text[i - 1] = "0123456789abcdef"[value & 15U];
  }
  return text;
}

std::string Prefix(std::string_view scan, std::string_view nonce) {
  std::string text(kMagic);
  text.append(" ").append(scan).append(" ").append(nonce).append(" ");
  return text;
}

std::uint32_t Checksum(std::string_view scan, std::string_view nonce, std::uint32_t sequence,
                       std::string_view payload) {
  std::string covered(scan);
  covered.append(" ").append(nonce).append(" ").append(std::to_string(sequence));
  return Crc32c(covered.append(" ").append(payload));
}

// Cuts the word before the next space off the text; the whole text where none is left.
std::string_view CutWord(std::string_view& text) {
  const auto end = text.find(' ');
  const auto word = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word;
}

// Decimal as std::to_string writes it: one text for each number.
std::optional<std::uint32_t> ParseDecimal(std::string_view word) {
  std::uint32_t number = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc() || stop != end || (word.size() > 1 && word[0] == '0')) return {};
  return number;
}

Error Corrupt(const char* why) { return MakeError(ErrorKind::kCorrupt, why); }

}  // namespace

std::uint32_t Crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes) {
    crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8U);
  }
  return ~crc;
}

std::string EncodeFrame(std::string_view scan, std::string_view nonce, std::uint32_t sequence,
                        std::string_view payload) {
  std::string line = Prefix(scan, nonce);
  line.append(std::to_string(sequence)).append(" ").append(std::to_string(payload.size()));
  line.append(" ").append(Hex8(Checksum(scan, nonce, sequence, payload)));
  return line.append(" ").append(payload).append("\n");
}

Result<std::optional<Frame>> DecodeFrame(std::string_view line, std::string_view scan,
                                         std::string_view nonce) {
  const std::string prefix = Prefix(scan, nonce);
  if (!line.starts_with(prefix)) return std::optional<Frame>();
  line.remove_prefix(prefix.size());
  const auto sequence = ParseDecimal(CutWord(line));
  if (!sequence) return Corrupt("the sequence is no number");
  const auto length = ParseDecimal(CutWord(line));
  if (!length) return Corrupt("the payload length is no number");
  const auto checksum = CutWord(line);
  if (*length != line.size()) return Corrupt("the payload length is wrong");
  const auto expected = Checksum(scan, nonce, *sequence, line);
  if (checksum != Hex8(expected)) return Corrupt("the checksum is wrong");
  return std::optional(Frame{*sequence, expected, line});
}

}  // namespace podreach::wire
