#include "resume_file.h"

#include <filesystem>
#include <sstream>

#include "target_list.h"

namespace podreach::probe {
namespace {

const std::string kMagic = "podreach-probe sweep ";

std::string Line(const Endpoint& target, const Verdict& verdict) {
  std::string line = ShowZoned(target.address) + " " + std::string(ToString(target.protocol)) +
                     " " + std::to_string(target.port.number()) + " " +
                     std::string(ToString(verdict.state)) + (verdict.sure ? " sure " : " unsure ") +
                     std::to_string(verdict.error_number);
  if (verdict.icmp) {
    line += " " + verdict.icmp->from.ToString() + " " + std::to_string(verdict.icmp->type) + " " +
            std::to_string(verdict.icmp->code);
  }
  return line + "\n";
}

bool Read(const std::string& line, const ResumeFile::Each& each) {
  std::istringstream words(line);
  std::string address;
  std::string protocol;
  std::string port;
  std::string state;
  std::string sure;
  int error = 0;
  if (!(words >> address >> protocol >> port >> state >> sure >> error)) return false;
  const auto parsed_address = ParseZoned(address);
  const auto parsed_protocol = ParseProtocol(protocol);
  const auto parsed_port = Port::Parse(port);
  const auto parsed_state = ParseOutcome(state);
  if (!parsed_address || !parsed_protocol || !parsed_port || !parsed_state) return false;
  Verdict verdict{*parsed_state, std::nullopt, error, sure == "sure"};
  int type = 0;
  int code = 0;
  if (words >> address >> type >> code) {
    const auto from = IpAddress::Parse(address);
    if (!from || type < 0 || type > 255 || code < 0 || code > 255) return false;
    verdict.icmp =
        IcmpError{*from, static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code)};
  }
  each({*parsed_address, *parsed_protocol, *parsed_port}, verdict);
  return true;
}

}  // namespace

Result<ResumeFile> ResumeFile::Open(const std::string& path, const std::string& sweep,
                                    const Each& each) {
  std::ifstream old(path, std::ios::binary);
  std::ostringstream buffer;
  if (old) buffer << old.rdbuf();
  std::string text = buffer.str();
  text.erase(text.rfind('\n') + 1);  // with no newline at all: everything
  std::istringstream lines(text);
  std::string line;
  if (std::getline(lines, line)) {
    if (line != kMagic + sweep) {
      return MakeError(ErrorKind::kInvalidInput,
                       "--resume " + path + " is of another sweep: " + line,
                       "give the same targets and ports, or another file");
    }
    for (std::size_t number = 2; std::getline(lines, line); ++number) {
      if (!Read(line, each)) {
        return MakeError(ErrorKind::kInvalidInput,
                         "--resume " + path + ":" + std::to_string(number) + " is no result",
                         "delete the file to begin anew");
      }
    }
  }
  std::error_code error;
  if (old) std::filesystem::resize_file(path, text.size(), error);
  std::ofstream file(path, std::ios::binary | std::ios::app);
  if (text.empty()) file << kMagic << sweep << '\n';
  file.flush();
  if (!file || error)
    return MakeError(ErrorKind::kInvalidInput, "--resume " + path + " can't be written");
  return ResumeFile(std::move(file));
}

void ResumeFile::Add(const Endpoint& target, const Verdict& verdict) {
  file_ << Line(target, verdict);
}

}  // namespace podreach::probe
