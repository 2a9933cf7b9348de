// SPDX-License-Identifier: Apache-2.0
// The generators of the catalogue, one file each. Their options are in order (`check_options`).
#pragma once

#include "tools/workloads/workload.hpp"

namespace switchyard::workloads {

[[nodiscard]] Result<Workload> make_payments(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_erc20(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_exchange(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_swaps(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_orderbook(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_lending(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_insurance(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_nft(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_game(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_voting(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_provenance(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_consents(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_identity(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_energy(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_dividends(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_hot30(const WorkloadOptions& options);
[[nodiscard]] Result<Workload> make_chain(const WorkloadOptions& options);

}  // namespace switchyard::workloads
