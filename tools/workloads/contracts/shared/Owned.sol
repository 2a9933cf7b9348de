// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// One account that administers a contract.
abstract contract Owned {
    address public owner = msg.sender;

    event OwnershipTransferred(address indexed from, address indexed to);

    error NotOwner(address caller);

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    function transferOwnership(address to) external onlyOwner {
        emit OwnershipTransferred(owner, to);
        owner = to;
    }
}
