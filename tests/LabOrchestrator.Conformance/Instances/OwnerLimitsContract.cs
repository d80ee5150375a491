using LabOrchestrator.Instances;

namespace LabOrchestrator.Conformance.Instances;

/// <summary>How many instances every <see cref="ILabInstanceStore"/> lets a user have, also when all are asked for at once. Each test gets an empty store.</summary>
public abstract class OwnerLimitsContract : LabInstanceStoreHarness
{
    [Fact]
    public async Task A_user_gets_no_more_instances_of_a_lab_than_it_allows_and_then_the_newest()
    {
        var (store, labs) = await OpenAsync();
        var wanted = await NewAsync(labs);
        await store.AddAsync(wanted, new OwnerLimits(2), Token);
        var second = (await store.AddAsync(wanted, new OwnerLimits(2), Token)).Instance;

        var (third, added) = await store.AddAsync(wanted, new OwnerLimits(2), Token);

        added.ShouldBeFalse();
        third.Id.ShouldBe(second.Id);
    }

    [Fact]
    public async Task A_user_gets_no_more_instances_of_all_labs_than_the_limit_also_when_all_are_asked_for_at_once()
    {
        var (store, labs) = await OpenAsync();
        var wanted = new List<LabInstance>();
        for (var i = 0; i < 10; i++)
        {
            wanted.Add(await NewAsync(labs, $"lab-{i}"));
        }

        var results = await Task.WhenAll(wanted.Select(w => Task.Run(() => store.AddAsync(w, new OwnerLimits(1, 3), Token))));

        results.Count(r => r.Added).ShouldBe(3);
        results.Zip(wanted).Where(r => !r.First.Added).ShouldAllBe(r => r.First.Instance.LabId != r.Second.LabId);
        (await store.AddAsync(wanted[0] with { OwnerId = 2, Members = [] }, new OwnerLimits(1, 3), Token)).Added.ShouldBeTrue();
    }

    [Fact]
    public async Task An_ended_instance_is_not_in_the_way_and_other_users_are_not()
    {
        var (store, labs) = await OpenAsync();
        var wanted = await NewAsync(labs);
        var first = (await store.AddAsync(wanted, new OwnerLimits(1), Token)).Instance;
        (await store.AddAsync(wanted with { OwnerId = 2, Members = [] }, new OwnerLimits(1), Token)).Added.ShouldBeTrue();

        await store.SaveStatusAsync(first.Id, first.Status with { Phase = InstancePhase.Stopped }, Monday, Token);

        (await store.AddAsync(wanted, new OwnerLimits(1), Token)).Added.ShouldBeTrue();
    }

    [Fact]
    public async Task Of_fifty_starts_at_once_one_makes_the_instance()
    {
        var (store, labs) = await OpenAsync();
        var wanted = await NewAsync(labs);

        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => store.AddAsync(wanted, new OwnerLimits(1), Token))));

        results.Count(r => r.Added).ShouldBe(1);
        results.Select(r => r.Instance.Id).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task An_idempotency_key_answers_its_instance_even_when_it_has_ended_but_only_to_its_owner()
    {
        var (store, labs) = await OpenAsync();
        var wanted = await NewAsync(labs) with { IdempotencyKey = "k" };
        var first = (await store.AddAsync(wanted, new OwnerLimits(1), Token)).Instance;
        await store.SaveStatusAsync(first.Id, first.Status with { Phase = InstancePhase.Failed }, Monday, Token);

        (await store.AddAsync(wanted, new OwnerLimits(1), Token)).ShouldSatisfyAllConditions(r => r.Added.ShouldBeFalse(), r => r.Instance.Id.ShouldBe(first.Id));
        (await store.AddAsync(wanted with { OwnerId = 2 }, new OwnerLimits(1), Token)).Added.ShouldBeTrue();
    }
}
