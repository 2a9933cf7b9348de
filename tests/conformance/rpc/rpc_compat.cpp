// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/rpc/rpc_compat.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace switchyard::test {
namespace {

using Json = nlohmann::json;

std::string short_text(const Json& value) {
    const std::string out = value.dump();
    return out.size() > 300 ? out.substr(0, 300) + "..." : out;
}

/// The first place where they differ.
std::string difference(const Json& found, const Json& expected, const std::string& path) {
    if (found == expected) return {};
    if (found.is_object() && expected.is_object()) {
        for (const auto& [key, value] : expected.items()) {
            if (!found.contains(key)) return path + "/" + key + " is missing";
            if (auto inner = difference(found[key], value, path + "/" + key); !inner.empty())
                return inner;
        }
        for (const auto& [key, value] : found.items())
            if (!expected.contains(key)) return path + "/" + key + " is not expected";
    }
    if (found.is_array() && expected.is_array()) {
        for (size_t i = 0; i < std::min(found.size(), expected.size()); ++i)
            if (auto inner = difference(found[i], expected[i], path + "/" + std::to_string(i));
                !inner.empty())
                return inner;
        return path + " has " + std::to_string(found.size()) + " members, not " +
               std::to_string(expected.size());
    }
    return path + ": " + short_text(found) + ", expected " + short_text(expected);
}

/// Members that are expected are there, with values of the same kind; of arrays the first members.
std::string shape_difference(const Json& found, const Json& expected, const std::string& path) {
    if (found.type() != expected.type() && !(found.is_number() && expected.is_number()))
        return path + ": " + short_text(found) + " is of another kind than " + short_text(expected);
    if (expected.is_object()) {
        for (const auto& [key, value] : expected.items()) {
            // Members named by content differ with the content.
            const bool is_content = key.starts_with("0x") || key == "deleteStrategy";
            if (!found.contains(key)) {
                if (is_content) continue;
                return path + "/" + key + " is missing";
            }
            if (auto inner = shape_difference(found[key], value, path + "/" + key); !inner.empty())
                return inner;
        }
    }
    if (expected.is_array() && !expected.empty() && !found.empty())
        return shape_difference(found[0], expected[0], path + "/0");
    return {};
}

}  // namespace

std::vector<RpcCase> load_rpc_cases(const std::filesystem::path& suite) {
    std::vector<RpcCase> out;
    for (const auto& file : std::filesystem::recursive_directory_iterator(suite)) {
        if (file.path().extension() != ".io") continue;
        RpcCase& test = out.emplace_back();
        test.method = file.path().parent_path().filename().string();
        test.name = file.path().stem().string();
        std::ifstream stream(file.path());
        for (std::string line; std::getline(stream, line);) {
            if (line.starts_with("// speconly")) test.is_shape_only = true;
            if (line.starts_with(">> ")) test.exchanges.push_back({line.substr(3), {}});
            if (line.starts_with("<< ") && !test.exchanges.empty())
                test.exchanges.back().answer = line.substr(3);
        }
    }
    std::ranges::sort(out, {}, [](const RpcCase& test) { return test.method + "/" + test.name; });
    return out;
}

std::string compare_answers(const std::string& found, const std::string& expected,
                            bool shape_only) {
    const Json a = Json::parse(found, nullptr, false);
    const Json b = Json::parse(expected, nullptr, false);
    if (a.is_discarded()) return "the answer is no JSON: " + found.substr(0, 200);
    if (b.is_discarded()) return "the file is no JSON";
    if (b.contains("error")) {
        if (!a.contains("error")) return "no error: " + short_text(a);
        if (a["error"].value("code", 0) != b["error"].value("code", 0))
            return "error " + short_text(a["error"]) + ", expected " + short_text(b["error"]);
        if (shape_only) return {};
        return difference(a["error"], b["error"], "error");
    }
    if (!a.contains("result")) return "no result: " + short_text(a);
    return shape_only ? shape_difference(a["result"], b["result"], "result")
                      : difference(a["result"], b["result"], "result");
}

}  // namespace switchyard::test
