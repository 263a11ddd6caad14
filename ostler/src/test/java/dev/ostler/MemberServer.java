package dev.ostler;

/** A {@link Member} that is a server. */
record MemberServer(Member member)
    implements GenServer<Member, Call<MemberServer, ?>, Cast<MemberServer>> {
  @Override
  public Init<Member> init() {
    member.begin();
    return Init.ok(member);
  }

  @Override
  public Next<Member> handleInfo(Object message, Member state) {
    state.on(message);
    return Next.noReply(state);
  }
}
