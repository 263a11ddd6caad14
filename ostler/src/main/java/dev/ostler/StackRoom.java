package dev.ostler;

import static java.lang.classfile.ClassFile.ACC_FINAL;
import static java.lang.classfile.ClassFile.ACC_PUBLIC;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.IntUnaryOperator;

/**
 * Checks that the current thread's stack has room, before a step that must not be cut short.
 *
 * <p>Any thread may use it. If there is no room, it throws {@link StackOverflowError} at once.
 */
final class StackRoom {
  /*
   * If the stack ends in the middle of a step of the runtime, the step is left half done. If it
   * ends within the JDK's scheduler of virtual threads, that harms the whole JVM. So a thread
   * checks for room before it begins such a step.
   *
   * On each entry of a method the JVM checks whether the stack has room for its frame. So this
   * class has two methods with very large frames that do nothing. The check takes two nanoseconds,
   * however large the frame is. The Java language has no large frames, so the methods are made
   * here, of bytecode, with very many local variables. The code behind the branch, which never
   * runs, is there for the compilers. It makes the methods too long to be inlined. And it gives
   * them a place where a compiled method may have to become an interpreted one, for whose frame
   * there must be room, too.
   *
   * Where no class can be made at run time, as in a native image, recursion through many small
   * frames checks for room instead. That is slower.
   */
  private static final int BYTES_A_SLOT = 8;
  private static final int TOO_LONG_TO_INLINE = 200;

  /** How small a frame of the recursion may be: nine arguments and what the call needs. */
  private static final int SMALLEST_FRAME_BYTES = 96;

  private static final IntUnaryOperator STEP = asking("StackRoomForStep", 32 * 1024);
  private static final IntUnaryOperator WAKE = asking("StackRoomForWake", 24 * 1024);

  private StackRoom() {}

  /** Called at the beginning of a step that must not be left half done. */
  static void forStep() {
    var _ = STEP.applyAsInt(0);
  }

  /** Called before a thread is started or woken, perhaps as a part of a step that asked, too. */
  static void forWake() {
    var _ = WAKE.applyAsInt(0);
  }

  private static IntUnaryOperator asking(String name, int bytes) {
    try {
      return method(name, bytes);
    } catch (Throwable thrown) { // no class can be made here
      return recursion(bytes);
    }
  }

  /** A function that returns 0, having gone down so many bytes. */
  static IntUnaryOperator recursion(int bytes) {
    int frames = bytes / SMALLEST_FRAME_BYTES;
    return zero -> goDown(0, 0, 0, 0, 0, 0, 0, 0, frames) == 0 ? zero : 1;
  }

  private static long goDown(
      long a, long b, long c, long d, long e, long f, long g, long h, int frames) {
    return frames == 0
        ? a + b + c + d + e + f + g + h
        : goDown(b, c, d, e, f, g, h, a, frames - 1) + a;
  }

  /** A function that returns 0 for 0, of a class with one method whose frame is so large. */
  private static IntUnaryOperator method(String name, int frameBytes) throws Throwable {
    var self = ClassDesc.of(StackRoom.class.getPackageName(), name);
    var type = MethodTypeDesc.of(CD_int, CD_int);
    int last = frameBytes / BYTES_A_SLOT;
    byte[] bytes =
        ClassFile.of()
            .build(
                self,
                made ->
                    made.withFlags(ACC_FINAL)
                        .withInterfaceSymbols(
                            IntUnaryOperator.class.describeConstable().orElseThrow())
                        .withMethodBody(
                            INIT_NAME,
                            MTD_void,
                            ACC_PUBLIC,
                            code ->
                                code.aload(0)
                                    .invokespecial(CD_Object, INIT_NAME, MTD_void)
                                    .return_())
                        .withMethodBody(
                            "applyAsInt", type, ACC_PUBLIC, code -> body(code, self, type, last)));
    var lookup = MethodHandles.lookup().defineHiddenClass(bytes, true);
    var make = MethodType.methodType(void.class);
    return (IntUnaryOperator) lookup.findConstructor(lookup.lookupClass(), make).invoke();
  }

  private static void body(CodeBuilder code, ClassDesc self, MethodTypeDesc type, int last) {
    var end = code.newLabel();
    code.iload(1).ifeq(end);
    for (int i = 0; i < TOO_LONG_TO_INLINE; i++) {
      code.iinc(1, 1);
    }
    code.aload(0).iload(1).invokevirtual(self, "applyAsInt", type).istore(last);
    code.iload(last).ireturn();
    code.labelBinding(end).iconst_0().ireturn();
  }
}
