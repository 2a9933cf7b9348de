// SPDX-License-Identifier: Apache-2.0
#include "tools/diff/case_selection.hpp"

#include "tools/conformance/run_cases.hpp"
#include "tools/fixtures/json_node.hpp"

namespace switchyard::diff {
namespace {

using conformance::TestCase;

Result<std::vector<TestCase>> load(const std::string& file) {
    const auto kind = file_kind(file);
    if (!kind) return kind.error();
    switch (*kind) {
        case FileKind::StateTests:
            return conformance::load_state_cases(file);
        case FileKind::BlockchainTests:
            return conformance::load_blockchain_cases(file);
        case FileKind::MainnetBlock:
            return conformance::load_mainnet_cases(file);
    }
    return Error{ErrorCode::Internal, file + ": has an unknown kind"};
}

bool is_selected(const TestCase& test, const CaseSelection& selection) {
    return test.name.find(selection.test) != std::string::npos &&
           (selection.fork.empty() || test.fork == selection.fork) &&
           (selection.arguments.empty() || test.arguments == selection.arguments);
}

}  // namespace

Result<FileKind> file_kind(const std::string& file) {
    return fixtures::load_json(file, [](const fixtures::JsonNode& root) {
        if (root.find("header") && root.find("chainId")) return FileKind::MainnetBlock;
        std::optional<FileKind> kind;
        root.for_each_member([&](std::string_view, const fixtures::JsonNode& test) {
            if (kind) return;
            if (test.find("blocks") || test.find("engineNewPayloads"))
                kind = FileKind::BlockchainTests;
            else if (test.find("post") || test.find("exec"))
                kind = FileKind::StateTests;
            else
                test.fail("is no state test, no blockchain test and no mainnet block");
        });
        if (!kind) root.fail("holds no test");
        return kind.value_or(FileKind::StateTests);
    });
}

Result<size_t> for_each_case(const CaseSelection& selection,
                             const std::function<bool(const TestCase&)>& visit) {
    const auto files = conformance::find_test_files(selection.files);
    if (!files) return files.error();
    size_t visited = 0;
    for (const std::string& file : *files) {
        const auto loaded = load(file);
        if (!loaded) return loaded.error();
        for (const TestCase& test : *loaded) {
            if (!is_selected(test, selection)) continue;
            ++visited;
            if (!visit(test)) return visited;
        }
    }
    if (visited == 0)
        return Error{ErrorCode::NotFound,
                     "no case of these files is selected by --test, --fork and --case"};
    return visited;
}

std::string title_of(const TestCase& test) {
    std::string out = test.name;
    if (!test.fork.empty()) out += ", fork " + test.fork;
    if (!test.arguments.empty()) out += ", " + test.arguments;
    return out;
}

}  // namespace switchyard::diff
