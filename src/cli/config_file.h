#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace podreach::cli {

/// The config file, in CLI11's form of INI and TOML:
///
///     kubeconfig = "/etc/podreach/kubeconfig"   # for every verb that has the flag
///     [scan]
///     severity-threshold = "medium"
///     egress = ["203.0.113.10:443", "203.0.113.11:443"]
///
/// A key is a flag's long name; a section is a verb, and its keys win over those above all
/// sections. A flag wins over its variable, and that over the file. Every key must be known, those
/// of other verbs too.
class ConfigFile final : public CLI::ConfigBase {
 public:
  /// `app` has a subcommand for each verb, and must outlive this.
  explicit ConfigFile(const CLI::App& app) : app_(&app) {}

  /// What the file says to the verb that was asked for. CLI11 calls this after it read the flags.
  [[nodiscard]] std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;

  /// "podreach.toml:3: format", where the option's value came from a config file; else nothing.
  [[nodiscard]] static std::optional<std::string> PlaceOf(const CLI::Option& option);

 private:
  const CLI::App* app_;
};

}  // namespace podreach::cli
