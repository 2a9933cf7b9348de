// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Owned} from "../shared/Owned.sol";

/// What the organization decides about: grants that recipients then collect.
contract Treasury is Owned {
    mapping(address => uint256) public grants;
    uint256 public granted;

    event Granted(address indexed to, uint256 amount);

    function grant(address to, uint256 amount) external onlyOwner {
        grants[to] += amount;
        granted += amount;
        emit Granted(to, amount);
    }
}
