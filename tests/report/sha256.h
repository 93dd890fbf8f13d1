#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>

namespace podreach {

/// The bits after the point of `root`, as FIPS 180-4 makes its constants (sections 4.2.2, 5.3.3).
inline std::uint32_t Fraction(long double root) {
  return static_cast<std::uint32_t>((root - std::floor(root)) * 4294967296.0L);
}

/// FIPS 180-4 section 6.2, for the one short text that a test hashes.
inline std::array<std::uint32_t, 8> Sha256(std::string text) {
  std::array<std::uint32_t, 64> k{};
  std::array<std::uint32_t, 8> hash{};
  for (std::uint32_t n = 2, found = 0; found < 64; ++n) {
    bool prime = true;
    for (std::uint32_t d = 2; d * d <= n; ++d) prime = prime && n % d != 0;
    if (!prime) continue;
    if (found < 8) hash[found] = Fraction(std::sqrt(static_cast<long double>(n)));
    k[found++] = Fraction(std::cbrt(static_cast<long double>(n)));
  }
  const std::uint64_t bits = text.size() * 8;
  text += '\x80';
  while (text.size() % 64 != 56) text += '\0';
  for (int shift = 56; shift >= 0; shift -= 8) text += static_cast<char>((bits >> shift) & 0xFF);
  for (std::size_t block = 0; block < text.size(); block += 64) {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t i = 0; i < 64; ++i)
      w[i / 4] = (w[i / 4] << 8) | static_cast<unsigned char>(text[block + i]);
    for (std::size_t i = 16; i < 64; ++i) {
      const auto a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ (a >> 3)) + w[i - 7] +
             (std::rotr(b, 17) ^ std::rotr(b, 19) ^ (b >> 10));
    }
    auto s = hash;
    for (std::size_t i = 0; i < 64; ++i) {
      const auto t1 = s[7] + (std::rotr(s[4], 6) ^ std::rotr(s[4], 11) ^ std::rotr(s[4], 25)) +
                      ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
      const auto t2 = (std::rotr(s[0], 2) ^ std::rotr(s[0], 13) ^ std::rotr(s[0], 22)) +
                      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
      s = {t1 + t2, s[0], s[1], s[2], s[3] + t1, s[4], s[5], s[6]};
    }
    for (std::size_t i = 0; i < 8; ++i) hash[i] += s[i];
  }
  return hash;
}

inline std::string Sha256Base64(const std::string& text) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto hash = Sha256(text);
  const auto bit = [&](std::size_t i) {
    return i < 256 ? (hash[i / 32] >> (31 - i % 32)) & 1U : 0U;
  };
  std::string digits;
  for (std::size_t i = 0; i < 258; i += 6) {
    std::uint32_t value = 0;
    for (std::size_t j = 0; j < 6; ++j) value = value * 2 + bit(i + j);
    digits += kDigits[value];
  }
  return digits + "=";
}

}  // namespace podreach
