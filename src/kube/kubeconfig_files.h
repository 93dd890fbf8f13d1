#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/base/result.h"

namespace podreach {

/// The parsed kubeconfig files of one invocation, merged the way client-go does it: the first file
/// to say something wins. Every scalar is a text, as it is written.
class KubeconfigFiles {
 public:
  struct File {
    std::filesystem::path path;
    std::string text;
    nlohmann::json root;  ///< an object
  };
  /// A named entry ("the user of name admin") and the file that it is from, which it doesn't
  /// outlive.
  struct Entry {
    const nlohmann::json& body;  ///< an object
    const File& file;
    std::string path;  ///< where the body stands: "users[0].user"
    std::string what;  ///< for errors: "user admin"
  };

  /// Files that don't exist are passed over as long as one does.
  [[nodiscard]] static Result<KubeconfigFiles> Load(std::span<const std::filesystem::path> files);

  [[nodiscard]] const std::string& current_context() const { return current_context_; }
  /// `section` is "clusters", "users" or "contexts", and `key` what an entry calls its body.
  [[nodiscard]] Result<Entry> Find(const char* section, const char* key,
                                   std::string_view name) const;
  /// "a, b": every context, in the files' order.
  [[nodiscard]] std::string ContextNames() const;
  /// "config" or "config, other".
  [[nodiscard]] std::string FileNames() const;

 private:
  [[nodiscard]] static Result<File> Parse(const std::filesystem::path& path);

  std::vector<File> files_;
  std::string current_context_;
};

/// The member of an object; null where it isn't there.
[[nodiscard]] const nlohmann::json& MemberOf(const nlohmann::json& object, const char* key);

/// A scalar field of a mapping; empty where it is absent or null. An error names the line.
[[nodiscard]] Result<std::string> ScalarField(const KubeconfigFiles::Entry& entry, const char* key);

}  // namespace podreach
