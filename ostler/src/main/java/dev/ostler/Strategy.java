package dev.ostler;

import java.util.ArrayList;
import java.util.List;
import java.util.SequencedCollection;

/** Which children a supervisor restarts when one fails. */
public enum Strategy {
  /** The child that failed: the children do not need each other. */
  ONE_FOR_ONE {
    @Override
    <C> List<C> affected(SequencedCollection<C> children, C failed) {
      return List.of(failed);
    }
  },
  /** The child that failed and those started after it: each needs the ones before it. */
  REST_FOR_ONE {
    @Override
    <C> List<C> affected(SequencedCollection<C> children, C failed) {
      var affected = new ArrayList<C>();
      for (C child : children.reversed()) {
        affected.add(child);
        if (child == failed) {
          break;
        }
      }
      return affected.reversed();
    }
  },
  /** All children: each needs all others. */
  ONE_FOR_ALL {
    @Override
    <C> List<C> affected(SequencedCollection<C> children, C failed) {
      return List.copyOf(children);
    }
  };

  /** Those to stop and start, of the children in start order, when one of them failed. A copy. */
  abstract <C> List<C> affected(SequencedCollection<C> children, C failed);
}
