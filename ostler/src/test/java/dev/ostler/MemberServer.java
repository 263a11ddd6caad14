package dev.ostler;

/** A {@link Member} that is a server. */
record MemberServer(Member member)
    implements GenServer<MemberServer.State, Call<MemberServer, ?>, Cast<MemberServer>> {

  /** Its member; the text of it fails now and then. */
  record State(Member member, Crash.Brittle brittle) {
    @Override
    public String toString() {
      return brittle + " " + member;
    }
  }

  @Override
  public Init<State> init() {
    member.begin();
    return Init.ok(new State(member, new Crash.Brittle(member.system)));
  }

  @Override
  public Next<State> handleInfo(Object message, State state) {
    state.member.on(message);
    return Next.noReply(state);
  }

  @Override
  public StatusReport formatStatus(StatusReport status) {
    member.system.failNowAndThen();
    return status;
  }
}
