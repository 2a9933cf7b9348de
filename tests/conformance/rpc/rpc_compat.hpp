// SPDX-License-Identifier: Apache-2.0
// The published requests and answers of the execution-apis.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace switchyard::test {

/// One file: requests in order, each with its answer.
struct RpcExchange {
    std::string request;
    std::string answer;
};
struct RpcCase {
    std::string method;  ///< the folder
    std::string name;
    bool is_shape_only = false;  ///< "speconly": the values are the publisher's own
    std::vector<RpcExchange> exchanges;
};

[[nodiscard]] std::vector<RpcCase> load_rpc_cases(const std::filesystem::path& suite);

/// Why `found` is not what `expected` says; empty: it is. Exact equality of results; of errors the
/// code and the message. `shape_only`: the same kinds of values in the same places.
[[nodiscard]] std::string compare_answers(const std::string& found, const std::string& expected,
                                          bool shape_only);

}  // namespace switchyard::test
