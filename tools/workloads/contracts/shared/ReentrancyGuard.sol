// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// No function under `nonReentrant` runs inside another one. The lock is transient (EIP-1153).
abstract contract ReentrancyGuard {
    bool private transient _entered;

    error Reentrancy();

    modifier nonReentrant() {
        if (_entered) revert Reentrancy();
        _entered = true;
        _;
        _entered = false;
    }
}
