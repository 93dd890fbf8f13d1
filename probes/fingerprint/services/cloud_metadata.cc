// The metadata services of the clouds, at their own addresses alone: by GET, never by a token
// request. That an answer came is all that is kept of it.
#include "fingerprint/http_reply.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::cloud_metadata {
namespace {

struct Cloud {
  std::string_view name;
  std::string_view path;
  std::string_view headers;
  /// What is in an answer of this cloud's: in a header or in the body.
  std::string_view mark;
};

// The order matters: some serve the paths of others, too.
constexpr Cloud kClouds[] = {
    {"Google Cloud", "/computeMetadata/v1/", "Metadata-Flavor: Google\r\n",
     "Metadata-Flavor: Google"},
    {"Azure", "/metadata/instance?api-version=2021-02-01", "Metadata: true\r\n",
     "\"azEnvironment\""},
    {"DigitalOcean", "/metadata/v1.json", "", "\"droplet_id\""},
    {"Hetzner", "/hetzner/v1/metadata", "", "instance-id:"},
    {"Oracle", "/opc/v2/instance/", "Authorization: Bearer Oracle\r\n", "\"compartmentId\""},
    {"OpenStack", "/openstack/latest/meta_data.json", "", "\"uuid\""},
    {"AWS", "/latest/meta-data/", "", "ami-id"},
    {"Alibaba", "/latest/meta-data/", "", "image-id"},
};

ServiceIdentity Answer(const Question& question, const HttpReply& reply, std::string_view cloud) {
  ServiceIdentity service = HttpAnswer("cloud-metadata", question, reply, AccessOf(reply));
  service.product = std::string(cloud);
  return service;
}

Reading Read(const Question& question, const Reply& reply) {
  return ReadHttp(
      [](const Question& asked, const HttpReply& http) -> std::optional<ServiceIdentity> {
        for (const Cloud& cloud : kClouds) {
          const bool asked_so = Contains(asked.text, "GET " + std::string(cloud.path) + " ") &&
                                (cloud.headers.empty() || Contains(asked.text, cloud.headers));
          if (!asked_so) continue;
          if (http.Ok() && (Contains(http.body, cloud.mark) || Contains(http.head, cloud.mark)))
            return Answer(asked, http, cloud.name);
          // IMDSv2 asks for its token first.
          if (http.status == 401 && cloud.name == "AWS") return Answer(asked, http, cloud.name);
        }
        return {};
      })(question, reply);
}

}  // namespace

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "cloud-metadata";
  for (const std::string_view address :
       {"169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192"})
    fingerprint.addresses.push_back(*IpAddress::Parse(address));
  for (const Cloud& cloud : kClouds) {
    Question question = Get(Transport::kPlain, cloud.path, cloud.headers);
    if (fingerprint.questions.empty() || fingerprint.questions.back() != question)
      fingerprint.questions.push_back(std::move(question));
  }
  fingerprint.read = Read;
  return fingerprint;
}

}  // namespace podreach::probe::cloud_metadata
