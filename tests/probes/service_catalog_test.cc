#include "podreach/net/service_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "fingerprint/fingerprint.h"

namespace podreach::probe {
namespace {

// Entries that no fingerprint recognises, each with why it is there nevertheless.
const std::map<std::string_view, std::string_view> kWithoutFingerprint = {
    {"etcd-metrics", "the intent no-control-plane is about it; it speaks plain HTTP"},
    {"cri-o", "the intent no-container-runtime is about it"},
};

TEST(ServiceCatalogTest, EveryFingerprintHasAPort) {
  for (const Fingerprint& fingerprint : AllFingerprints()) {
    if (fingerprint.general) continue;
    EXPECT_FALSE(fingerprint.tcp_ports.empty() && fingerprint.udp_ports.empty())
        << fingerprint.name << ": nobody asks for it: src/net/service_catalog.cc has no entry";
  }
}

TEST(ServiceCatalogTest, EveryNameThatAFingerprintGivesHasAnEntry) {
  for (const Fingerprint& fingerprint : AllFingerprints()) {
    for (const std::string& name : fingerprint.services) {
      EXPECT_TRUE(std::ranges::any_of(ServiceCatalog(), [&](const CatalogPort& entry) {
        return entry.name == name;
      })) << name;
    }
  }
}

TEST(ServiceCatalogTest, EveryEntryHasAFingerprintOrAReason) {
  std::set<std::string_view> names;
  for (const Fingerprint& fingerprint : AllFingerprints())
    names.insert(fingerprint.services.begin(), fingerprint.services.end());
  for (const CatalogPort& entry : ServiceCatalog()) {
    EXPECT_NE(names.contains(entry.name), kWithoutFingerprint.contains(entry.name))
        << entry.service << ": its fingerprint would be called " << entry.name;
  }
}

TEST(ServiceCatalogTest, EveryEntryOfUdpOrTcpIsAskedThatWay) {
  for (const Fingerprint& fingerprint : AllFingerprints()) {
    const auto asks = [&](bool udp) {
      return std::ranges::any_of(fingerprint.questions, [&](const Question& question) {
        return (question.transport == Transport::kUdp) == udp;
      });
    };
    EXPECT_TRUE(fingerprint.tcp_ports.empty() || asks(false)) << fingerprint.name;
    EXPECT_TRUE(fingerprint.udp_ports.empty() || asks(true)) << fingerprint.name;
  }
}

}  // namespace
}  // namespace podreach::probe
