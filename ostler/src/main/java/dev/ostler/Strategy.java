package dev.ostler;

import java.util.List;

/** Whom a supervisor restarts when a child fails. */
public enum Strategy {
  /** The child that failed: the children do not need each other. */
  ONE_FOR_ONE {
    @Override
    <C> List<C> affected(List<C> children, int failed) {
      return children.subList(failed, failed + 1);
    }
  },
  /** The child that failed and those started after it: each needs the ones before it. */
  REST_FOR_ONE {
    @Override
    <C> List<C> affected(List<C> children, int failed) {
      return children.subList(failed, children.size());
    }
  },
  /** All children: each needs all others. */
  ONE_FOR_ALL {
    @Override
    <C> List<C> affected(List<C> children, int failed) {
      return children;
    }
  };

  /** The children to stop and start, of those in start order, when the one at an index failed. */
  abstract <C> List<C> affected(List<C> children, int failed);
}
