// SPDX-License-Identifier: Apache-2.0
// One case of an official test as the suites and the commands see it: a name, and a way to run it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/state/memory_state.hpp"
#include "tools/conformance/block_executor.hpp"

namespace switchyard::conformance {

/// What one case came to.
struct Verdict {
    enum class Kind : uint8_t {
        Passed,
        Failed,
        Unsupported,  ///< the case asks for what this build answers with `ErrorCode::Unsupported`
    };
    Kind kind = Kind::Passed;
    std::string error;                  ///< one line with expected and found; empty when passed
    std::optional<Bytes32> state_root;  ///< after the case, where it got that far
    std::optional<Bytes32> last_block_hash;   ///< of a chain: its head in the end
    std::function<MemoryState()> make_state;  ///< the state after the case, where it got that far

    [[nodiscard]] bool passed() const { return kind == Kind::Passed; }
    [[nodiscard]] static Verdict failed(std::string why) {
        Verdict out;
        out.kind = Kind::Failed;
        out.error = std::move(why);
        return out;
    }
    /// `Failed`, or `Unsupported` by the code of the error.
    [[nodiscard]] static Verdict of(const Error& error) {
        Verdict out = failed(error.message);
        if (error.code == ErrorCode::Unsupported) out.kind = Kind::Unsupported;
        return out;
    }
};

/// One case. `run` owns what it needs, is called from any one thread, and may be called again.
struct TestCase {
    std::string name;  ///< of the test in its file
    std::string fork;  ///< as the file names it; of a chain, its network
    /// Of a state test: the place in the list of its fork, and the indexes of its arguments.
    size_t index = 0;
    std::string arguments;  ///< "d0/g1/v2", else empty
    std::function<Verdict(BlockExecutor&)> run;
};

/// Reads the cases of one file. Errors name the file and the field.
using LoadCases = std::function<Result<std::vector<TestCase>>(const std::string& file)>;

/// GeneralStateTests, and the VMTests before them.
[[nodiscard]] Result<std::vector<TestCase>> load_state_cases(const std::string& file);
/// Blockchain tests: blocks as RLP, or as payloads of the Engine API with the state before them in
/// the file or in a folder `pre_alloc` above it; and chains as clients export them (`*.rlp`, see
/// chain_file_case.hpp).
[[nodiscard]] Result<std::vector<TestCase>> load_blockchain_cases(const std::string& file);
/// Transaction tests: one case for each fork.
[[nodiscard]] Result<std::vector<TestCase>> load_transaction_cases(const std::string& file);
/// A mainnet block with its state.
[[nodiscard]] Result<std::vector<TestCase>> load_mainnet_cases(const std::string& file);

}  // namespace switchyard::conformance
