#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/oracle/world.h"

/// What random documents are made of: few labels, ports and addresses, so that they meet often.
namespace podreach::oracle {

class Dice {
 public:
  explicit Dice(std::mt19937_64& random) : random_(random) {}

  /// Uniform in 0 to n-1.
  int Below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  bool OneIn(int n) { return Below(n) == 0; }
  template <typename Item>
  Item Pick(std::initializer_list<Item> items) {
    return *(items.begin() + Below(static_cast<int>(items.size())));
  }
  std::string Word(std::initializer_list<const char*> words) { return Pick(words); }
  template <typename Make>
  Json Some(int least, int most, Make make) {
    Json list = Json::array();
    for (int i = least + Below(most - least + 1); i > 0; --i) list.push_back(make());
    return list;
  }

  std::string Key() { return Word({"app", "tier"}); }
  std::string Label() { return Word({"a", "b", "ab"}); }
  std::string NamespaceName() { return Word({"ns0", "ns1", "ns2"}); }
  std::string Account() { return Word({"default", "sa1"}); }
  int PortNumber() { return OneIn(12) ? 4143 : Pick({79, 80, 81, 443, 8080}); }
  std::string PortName() { return Word({"http", "dns"}); }
  std::string Block() {
    return Word({"0.0.0.0/0", "10.0.0.0/16", "10.0.0.0/30", "10.0.0.2/32", "10.1.0.0/24",
                 "192.0.2.0/24", "192.0.2.1/32", "::/0"});
  }
  std::string ProtocolName() { return Word({"TCP", "TCP", "UDP", "SCTP"}); }

  /// A meta/v1 LabelSelector; seldom one that can't be read.
  Json Selector(bool on_namespaces = false) {
    if (OneIn(60)) return 7;
    Json selector = Json::object();
    if (OneIn(3)) return selector;
    if (on_namespaces && OneIn(3)) {
      selector["matchLabels"]["kubernetes.io/metadata.name"] = NamespaceName();
    } else if (OneIn(2)) {
      selector["matchLabels"][Key()] = Label();
    } else {
      const auto op = Word({"In", "NotIn", "Exists", "DoesNotExist"});
      Json expression{{"key", Key()}, {"operator", op}};
      if (op == "In" || op == "NotIn") expression["values"] = {Label(), Label()};
      selector["matchExpressions"] = {expression};
    }
    return selector;
  }

  /// A Calico selector.
  std::string Expression(int depth = 2) {
    if (depth > 0 && OneIn(3)) {
      return "(" + Expression(depth - 1) + ") " + Word({"&&", "||"}) + " " + Expression(0);
    }
    if (depth > 0 && OneIn(8)) return "!(" + Expression(depth - 1) + ")";
    if (OneIn(80)) return "app = a";
    const auto key = OneIn(30) ? "pcsa.app" : OneIn(8) ? "pcns." + Key() : Key();
    switch (Below(9)) {
      case 0:
        return "all()";
      case 1:
        return "has(" + key + ")";
      case 2:
        return "!has(" + key + ")";
      case 3:
        return key + " in {'" + Label() + "', '" + Label() + "'}";
      case 4:
        return key + " not in {'" + Label() + "'}";
      case 5:
        return key + " contains '" + Word({"a", "b"}) + "'";
      case 6:
        return key + Word({" starts with '", " ends with '"}) + Word({"a", "b"}) + "'";
      case 7:
        return key + " != '" + Label() + "'";
      default:
        return key + " == \"" + Label() + "\"";
    }
  }

 private:
  std::mt19937_64& random_;
};

}  // namespace podreach::oracle
