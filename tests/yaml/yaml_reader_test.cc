#include "podreach/yaml/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace podreach {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// What came, a line each: "1: {...}" or "3! why".
class Lines final : public YamlHandler {
 public:
  void Document(YamlDocument document) override {
    lines.push_back(std::to_string(document.line) + ": " + document.value.dump());
  }
  void Broken(std::size_t line, const std::string& why) override {
    lines.push_back(std::to_string(line) + "! " + why);
  }
  std::vector<std::string> lines;
};

std::vector<std::string> Read(std::string_view text) {
  Lines lines;
  ReadYaml(text, lines);
  return lines.lines;
}

std::string One(std::string_view text) {
  const auto lines = Read(text);
  return lines.size() == 1 ? lines[0] : std::to_string(lines.size()) + " documents";
}

TEST(YamlReaderTest, ReadsScalarsAsKubernetesToolsDo) {
  const struct {
    const char* yaml;
    const char* json;
  } cases[] = {
      {"a", "\"a\""},
      {"'1'", "\"1\""},
      {"\"yes\"", "\"yes\""},
      {"!!str 1", "\"1\""},
      {"1", "1"},
      {"-7", "-7"},
      {"0x1f", "31"},
      {"0o17", "15"},
      {"017", "15"},
      {"1.5", "1.5"},
      {"1e3", "1000.0"},
      {"1.10", "1.1"},
      {"true", "true"},
      {"yes", "true"},
      {"Off", "false"},
      {"~", "null"},
      {"null", "null"},
      {"10.0.0.1", "\"10.0.0.1\""},
      {"80/TCP", "\"80/TCP\""},
      {"1-2", "\"1-2\""},
      {".nan", "\".nan\""},
      {"-", "[null]"},
      {"+1", "1"},
      {"18446744073709551615", "18446744073709551615"},
  };
  for (const auto& [yaml, json] : cases) EXPECT_EQ(One(yaml), std::string("1: ") + json) << yaml;
}

TEST(YamlReaderTest, ReadsStructures) {
  EXPECT_EQ(One("a: {b: [1, x]}\nc:\n- d: |\n    two\n    lines\n"),
            R"(1: {"a":{"b":[1,"x"]},"c":[{"d":"two\nlines\n"}]})");
  EXPECT_EQ(One("{\"kind\": \"Pod\", \"n\": [1, 2]}"), R"(1: {"kind":"Pod","n":[1,2]})");
  EXPECT_EQ(One("a: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  l: 2\n  "),
            R"(1: {"a":{"k":1},"b":{"k":1},"c":{"k":1,"l":2}})");
}

TEST(YamlReaderTest, DocumentsAreReadOneByOne) {
  EXPECT_THAT(Read("# only a comment\n---\na: 1\n---\nb: [\n---\nc: 3\n...\n---\n# nothing\n"),
              ElementsAre("3: {\"a\":1}", HasSubstr("! "), "7: {\"c\":3}"));
  EXPECT_THAT(Read("--- {a: 1}\n--- {b: 2}\n"), ElementsAre("1: {\"a\":1}", "2: {\"b\":2}"));
  EXPECT_THAT(Read(""), ElementsAre());
  EXPECT_THAT(Read("---\n---\n"), testing::SizeIs(testing::Le(2)));
}

TEST(YamlReaderTest, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(One("a: 1\nb: 2\na: 3\n"), "3! the key a comes twice");
  EXPECT_THAT(One("a:\n  b: *nowhere\n"), HasSubstr("2! an alias of nowhere"));
  EXPECT_THAT(One("a: &x\n  b: *x\n"), HasSubstr("2! an alias of x inside itself"));
  EXPECT_THAT(One("a: 'open\nb: 1\n"), HasSubstr("! "));
  EXPECT_THAT(One("? [a]\n: 1\n"), HasSubstr("1! a key that is no text"));
  EXPECT_THAT(One("\ta: 1\n"), HasSubstr("1! "));
  EXPECT_THAT(One(std::string(100, '[') + std::string(100, ']')), HasSubstr("more than 64 levels"));
  EXPECT_THAT(One("a: " + std::string(2U << 20U, 'x')), HasSubstr("1! a text of 2097152 bytes"));
  EXPECT_THAT(One("a: \xff\xfe\n"), HasSubstr("! "));
}

TEST(YamlReaderTest, ABillionLaughsAreFew) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name <= 'j'; ++name) {
    const std::string before(1, static_cast<char>(name - 1));
    bomb += std::string(1, name) + ": &" + name + " [";
    for (int i = 0; i < 10; ++i) bomb += (i == 0 ? "*" : ", *") + before;
    bomb += "]\n";
  }
  EXPECT_THAT(One(bomb), HasSubstr("far more of the document than it is"));
}

TEST(YamlReaderTest, ReadsScalarsAsTextsWhereThatIsAskedFor) {
  Lines lines;
  ReadYaml("{a: 080, b: yes, c: 1.50, d: , e: ~, f: '', g: [7, {h: true}]}", lines,
           YamlScalars::kTexts);
  EXPECT_THAT(lines.lines,
              ElementsAre(R"(1: {"a":"080","b":"yes","c":"1.50","d":null,"e":null,"f":"",)"
                          R"("g":["7",{"h":"true"}]})"));
}

TEST(YamlReaderTest, FindsTheLineOfAField) {
  const std::string text =
      "kind: A\n---\nkind: B\nspec:\n  ingress:\n  - from:\n    - ipBlock:\n        cidr: x\n"
      "    ports: [{port: 1}]\n  podSelector: {}\n";
  EXPECT_EQ(LineOfField(text, 3, "spec.ingress[0].from[0].ipBlock.cidr"), 8U);
  EXPECT_EQ(LineOfField(text, 3, "spec.ingress[0].ports[0].port"), 9U);
  EXPECT_EQ(LineOfField(text, 3, "spec.podSelector.matchLabels"), 10U);
  EXPECT_EQ(LineOfField(text, 3, "spec.egress"), 4U);
  EXPECT_EQ(LineOfField(text, 3, "metadata.name"), 3U);
  EXPECT_EQ(LineOfField(text, 1, "kind"), 1U);
  EXPECT_EQ(LineOfField(text, 99, "kind"), 99U);
}

TEST(YamlReaderTest, NoCutOfADocumentDoesHarm) {
  const std::string text =
      "a: &x {k: 'v'}\nb: *x\nc:\n  <<: *x\n  l: [1, \"2\", |\n  three]\n---\nd: >-\n  folded\n  "
      "text\n";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const auto lines = Read(std::string_view(text).substr(0, size));
    EXPECT_LE(lines.size(), 2U);
    EXPECT_LE(LineOfField(std::string_view(text).substr(0, size), 1, "c.l[1]"), 12U);
  }
}

}  // namespace
}  // namespace podreach
