// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "gatewayd/config/groups.h"

namespace gw::config {

namespace {

// What a group and a topic have in common.
template <typename Rules>
void read_rules(Section& section, Rules& rules) {
    rules.is_enabled = section.boolean("enabled").value_or(true);
    rules.require_mention = section.boolean("requireMention");
    rules.allow_from = section.texts("allowFrom");
    section.ignore({"name", "skills", "systemPrompt", "groupPolicy", "agentId", "tools",
                    "toolsBySender", "ingest"});
}

GroupRules read_group(Section& section) {
    GroupRules rules;
    read_rules(section, rules);
    if (auto topics = section.section("topics")) {
        for (auto& [id, topic] : topics->sections()) {
            read_rules(topic, rules.topics[id]);
            topic.finish();
        }
    }
    section.finish();
    return rules;
}

}  // namespace

std::optional<std::map<std::string, GroupRules>> read_groups(Section& block) {
    const auto found = block.any("groups");
    if (!found) return std::nullopt;
    std::map<std::string, GroupRules> groups;
    if (found->is_array()) {
        for (std::string& id : block.texts("groups").value_or(std::vector<std::string>()))
            groups[std::move(id)] = {};
        return groups;
    }
    if (!found->is_object()) {
        block.complain("groups", "must be a list of groups, or an object with a key for each");
        return std::nullopt;
    }
    auto all = block.section("groups");
    for (auto& [id, section] : all->sections())
        groups[id] = read_group(section);
    return groups;
}

}  // namespace gw::config
