// SPDX-License-Identifier: Apache-2.0
// How the results of official tests are printed.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tools/conformance/report.hpp"
#include "tools/conformance/store_import.hpp"

namespace switchyard::tool {

/// Counts over several reports.
struct TestTotals {
    uint64_t passed = 0;
    uint64_t failed = 0;  ///< cases, and files that could not be read
    uint64_t unsupported = 0;
    std::map<std::string, uint64_t> unsupported_reasons;

    [[nodiscard]] uint64_t cases() const { return passed + failed + unsupported; }
    void add(const conformance::Report& report);
};

/// Each failed case, with what was expected and found, to standard output.
void print_failures(const conformance::Report& report);

/// What went into stores, and how.
void print_imports(const conformance::StoreImports& imports);

/// What was not run and why, and the last line: "N passed, N failed".
void print_totals(const TestTotals& totals);

/// An array with an object for each case in the format of go-ethereum's `evm statetest`: name,
/// pass, fork, stateRoot, error, and with `dump` state; and beside these file, index, and of chains
/// lastBlockHash.
void print_json(const conformance::Report& report, bool dump);

}  // namespace switchyard::tool
